"""Carrying a plan out: lock, look again, act, commit once, run the hooks, report."""
