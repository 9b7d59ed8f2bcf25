"""``everseal explain NAME``: the life of one certificate.  Reads only, and asks no CA."""

from __future__ import annotations

from everseal.cli.endings import NOTHING
from everseal.cli.operands import only_name
from everseal.cli.session import Session
from everseal.reports.biography import biography_as_json, render_biography


def run(session: Session) -> int:
    life = session.manager().explain(only_name(session, "explain NAME"))
    session.show(life, biography_as_json, render_biography)
    return session.end(NOTHING)
