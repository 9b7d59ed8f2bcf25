"""The options that Certbot does not have, a module for each matter."""
