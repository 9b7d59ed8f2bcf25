"""``everseal versions NAME``: every version of a certificate, which is live, and which could be."""

from __future__ import annotations

from everseal.cli.operands import only_name
from everseal.cli.session import Session
from everseal.reports.versions import history_as_json, render_history


def run(session: Session) -> int:
    history = session.manager().history(only_name(session, "versions NAME"))
    session.show(history, history_as_json, render_history)
    return 0
