"""Values and errors: what every other room of the house speaks about."""
