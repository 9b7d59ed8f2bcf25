"""Writing metrics where node_exporter finds them."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from everseal.reports.prometheus import RunFigures, render_metrics
from everseal.system.files import explained, named_file, write_file
from everseal.wiring.standing import survey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everseal.cli.session import Session
    from everseal.manager import Manager

_MODE: Final = 0o644


def write_metrics(path: str, text: str) -> None:
    """Whole or not at all: the collector never sees half a file.  Raises StoreUnusable."""
    with explained("write", path):
        write_file(named_file(path), text.encode("utf-8"), mode=_MODE)


def write_run_metrics(
    session: Session, manager: Manager, outcomes: Iterable[str], exit_status: int, *, seconds: float
) -> None:
    """What ``renew`` came to and how everything stands now, where it was asked for.

    ``outcomes`` has for each certificate what became of it, as programs call it.
    Raises StoreUnusable.
    """
    path = session.settings.text("prometheus")
    if path is None:
        return
    began = time.monotonic()
    found = survey(manager.house.store, now=manager.house.surroundings.clock.now())
    run = RunFigures(found.made_at, seconds, exit_status, Counter(outcomes))
    write_metrics(path, render_metrics(found, seconds=time.monotonic() - began, run=run))
