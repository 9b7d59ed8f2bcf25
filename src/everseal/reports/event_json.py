"""Events as JSON: schema ``everseal.event``, version 1.

What an event holds stands under the names of its fields, so that a new event needs nothing here; the
schema is written from the same classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Final

from everseal.model.epoch import stamp
from everseal.model.errors import OperatorError
from everseal.model.events import Event
from everseal.reports.errors import error_as_json

SCHEMA: Final = "everseal.event"
VERSION: Final = 1
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")

Json = Mapping[str, object]


def event_name(kind: type) -> str:
    """``OrderPlaced`` is ``order-placed``."""
    return _CAPITAL.sub("-", kind.__name__).lower()


def event_as_json(event: Event, *, at: datetime) -> Json:
    """``at`` is when it happened, to the millisecond; numbers of serials are hexadecimal texts."""
    facts = {each.name: _fact(each.name, getattr(event, each.name)) for each in fields(event)}
    return line(event_name(type(event)), at=at, facts=facts)


def line(name: str, *, at: datetime, facts: Json) -> Json:
    """What every line of the stream has."""
    moment = at.astimezone(UTC)
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "at": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
        "event": name,
        **facts,
    }


def _fact(name: str, value: object) -> object:
    match value:
        case OperatorError():
            return error_as_json(value)
        case datetime():
            return stamp(value)
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [_fact(name, each) for each in value]
        case int() if name == "serial":
            return f"{value:x}"
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)
