"""``everseal status [NAME...]``: how every certificate stands; not 0 where something needs attention.

Nothing is loaded that talks to a CA, and nothing is written but the metrics that are asked for, and in the
index what the files said, where there is a folder for it.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import Final

from everseal.cli.endings import ATTENTION, NOTHING, ORDERS_FAIL
from everseal.cli.operands import all_names
from everseal.cli.session import Session
from everseal.planning.standing import Survey
from everseal.reports.status import render_status, status_as_json
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from everseal.wiring.standing import survey

_WIDTH: Final = 80


def run(session: Session) -> int:
    settings, clock = session.settings, SystemClock()
    began = time.monotonic()
    store = CertbotStore(settings.required("config_dir"), clock=clock)
    found = survey(store, now=clock.now(), names=all_names(session))
    path = settings.text("prometheus")
    if path is not None:
        from everseal.cli.metrics import write_metrics
        from everseal.reports.prometheus import render_metrics

        write_metrics(path, render_metrics(found, seconds=time.monotonic() - began))
    if session.wants_json:
        session.tell_json(status_as_json(found))
    elif not settings.flag("quiet"):
        session.console.paint(render_status(found, width=_width()))
    return _end(session, found)


def _width() -> int:
    """Of the terminal, and 80 columns elsewhere."""
    return shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH


def _end(session: Session, found: Survey) -> int:
    if not found.needs_attention:
        return session.end(NOTHING)
    return session.end(ORDERS_FAIL if found.only_waits else ATTENTION)
