"""Deciding, as pure functions: facts in, a plan with its reasons out."""
