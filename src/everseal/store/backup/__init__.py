"""Backups: one file with everything that another machine needs to go on renewing."""
