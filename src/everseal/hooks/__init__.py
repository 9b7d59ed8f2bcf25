"""Pre, deploy and post hooks: which ones run, when, and with which environment."""
