"""Measures Everseal beside Certbot, in one run on one machine.  Figures are printed, none is asserted.

``python -m bench`` runs everything; ``python -m bench startup listing`` what is named.
"""
