"""Proving control of an identifier: present challenges, wait for them, clean them up."""
