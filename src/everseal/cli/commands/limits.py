"""``everseal limits``: what is used of the CAs' limits, and what waits; ``--resume`` ends a wait."""

from __future__ import annotations

from everseal.cli.endings import CHANGED, NOTHING
from everseal.cli.session import Session
from everseal.reports.limits import limits_as_json, render_forgotten, render_limits


def run(session: Session) -> int:
    manager, name = session.manager(), session.settings.text("resume")
    planned = session.settings.flag("plan")
    forgotten = () if name is None else manager.forget_limits(name, rehearse=planned)
    if session.wants_json:
        session.tell_json(limits_as_json(manager.limits(), forgotten))
    elif name is not None:
        session.console.result(render_forgotten(forgotten, name, planned=planned))
    else:
        session.console.result(render_limits(manager.limits()))
    return session.end(CHANGED if forgotten else NOTHING)
