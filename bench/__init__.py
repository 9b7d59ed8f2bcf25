"""Measures Everseal beside other clients, in one run on one machine.  Figures are printed, none is asserted.

``python -m bench`` runs everything; ``python -m bench version one`` what is named.  docs/benchmarks.md shows
what was seen.
"""
