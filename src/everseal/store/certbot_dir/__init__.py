"""Certbot's directory (``/etc/letsencrypt``), read and written exactly."""
