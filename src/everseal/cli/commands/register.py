"""``register``: open an account at the CA."""

from __future__ import annotations

from everseal.cli.session import Session


def run(session: Session) -> int:
    session.manager().register()
    return 0
