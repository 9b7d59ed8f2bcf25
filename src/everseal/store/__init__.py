"""Where lineages and accounts are kept: Certbot's directory, or memory."""
