"""The page of events, from the classes of src/everseal/model/events.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from everseal.model.events import Event
from everseal.reports.event_json import event_name
from pages.prose import documentation, field_table

HEAD = """\
# Events

<!-- Written by scripts/reference from src/everseal/model/events.py; change that. -->

What is reported while a plan is carried out: one value for each fact, in the order in which things happen.
A program passes a callable as `emit` to `Manager.open` and matches on the types; the command line renders the
same values and writes each to the log.  The callable is called in the thread in which the thing happened.

The classes are in `everseal.model.events`.  All are frozen.  With `--events` and `--events-to` the command
writes each as a line of JSON: see [scripting](../how-to/scripting.md).
"""


def render() -> str:
    return "\n".join([HEAD, *(line for kind in get_args(Event) for line in section(kind))])


def section(kind: type) -> Iterator[str]:
    yield f"## {kind.__name__}\n"
    yield f"In JSON: `{event_name(kind)}`.\n"
    yield f"{documentation(kind)}\n"
    yield from field_table(kind)
