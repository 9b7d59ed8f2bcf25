"""``--version`` among other words."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.version import version_line


def run(session: Session) -> int:
    session.console.result(version_line(session.program))
    return 0
