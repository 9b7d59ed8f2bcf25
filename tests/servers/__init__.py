"""The real servers and foreign clients that tests talk to: where they are, how they start and stop.

`scripts/servers` puts the programs in place. A test asks for a fixture of `tests/conftest.py`, or says
`requires("uacme")` and gets the program's path. Everything listens on loopback, on ports of its own.
"""
