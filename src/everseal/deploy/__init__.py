"""Copies of certificates where somebody else wants them."""
