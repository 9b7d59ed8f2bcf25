"""``help`` and ``--help``: the short page, or a topic's."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.settings.help import render_help


def run(session: Session) -> int:
    session.console.result(render_help(session.topic, program=session.program))
    return 0
