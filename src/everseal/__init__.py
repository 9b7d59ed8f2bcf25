"""Everseal: an ACME client and certificate life-cycle manager."""
