"""Certbot and Everseal side by side: the same commands, the same CA, twin directories, and what differs.

A scenario is data (`scenario.py`; the scenarios themselves are in `scenarios/`). `twins.py` carries it out
with either program, `observation.py` turns what is left into comparable facts, `comparison.py` lays them side
by side. Only those differences pass that `docs/certbot-differences.md` lists, and each of them has to show.
"""
