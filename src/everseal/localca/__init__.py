"""The built-in ACME certificate authority, for demos, tests and home labs.

It speaks RFC 8555, RFC 8737, RFC 8738, RFC 9773 and the profiles draft, and validates for real.
:mod:`everseal.localca.authority` holds the keys, :mod:`everseal.localca.server` the server.
"""
