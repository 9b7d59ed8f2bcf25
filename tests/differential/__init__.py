"""Certbot and Everseal side by side: the same commands, the same CA, twin directories, and what differs.

A scenario is data (`scenario.py`; the scenarios themselves are in `scenarios/`). `run.py` carries it out with both
programs and `observation.py` turns what each has left into comparable facts. The only differences that pass are
those listed in `docs/certbot-differences.md`, and each of those has to show.
"""
