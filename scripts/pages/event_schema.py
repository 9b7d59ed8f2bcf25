"""The JSON Schema of events, from the classes of src/everseal/model/events.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from everseal.model.errors import OperatorError
from everseal.model.events import Event
from everseal.reports.event_json import SCHEMA, VERSION, event_name

Schema = Mapping[str, Any]

MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
NULLABLE_TEXT = {"type": ["string", "null"]}
ERROR = {
    "type": "object",
    "description": "as in everseal.error",
    "required": ["type", "message", "remedy", "problem"],
    "properties": {
        "type": {"type": "string"},
        "message": {"type": "string"},
        "remedy": {"type": "string"},
        "problem": {"description": "what the CA said, as in everseal.error"},
    },
}


def render() -> str:
    kinds = [*(event(kind) for kind in get_args(Event)), started(), ended()]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Something that happened during a run; one line each",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name, _ in kinds],
        "$defs": {"error": ERROR, **dict(kinds)},
    }
    return json.dumps(schema, indent=2) + "\n"


def event(kind: type) -> tuple[str, Schema]:
    hints = get_type_hints(kind)
    facts = {each.name: of_type(each.name, hints[each.name]) for each in fields(kind)}
    summary = (kind.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")
    return line(event_name(kind), summary, facts)


def started() -> tuple[str, Schema]:
    facts = {"verb": {"type": "string"}, "version": {"type": "string"}, "process": {"type": "integer"}}
    return line("command-started", "The first line.", facts)


def ended() -> tuple[str, Schema]:
    facts: dict[str, Schema] = {
        "exit_status": {"type": "integer"},
        "ending": {**NULLABLE_TEXT, "description": "as in the detailed exit statuses"},
        "error": {"oneOf": [{"$ref": "#/$defs/error"}, {"type": "null"}]},
    }
    return line("command-ended", "The last line: nothing is missing.", facts)


def line(name: str, summary: str, facts: Mapping[str, Schema]) -> tuple[str, Schema]:
    common = {
        "schema": {"const": SCHEMA},
        "schema_version": {"const": VERSION},
        "at": {"type": "string", "pattern": INSTANT},
        "event": {"const": name},
    }
    members = {**common, **facts}
    return name, {
        "type": "object",
        "description": summary,
        "required": list(members),
        "properties": members,
    }


def of_type(name: str, hint: Any) -> Schema:
    if get_origin(hint) in {Union, UnionType} and NoneType in get_args(hint):
        inner = next(each for each in get_args(hint) if each is not NoneType)
        return {"oneOf": [of_type(name, inner), {"type": "null"}]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": of_type(name, get_args(hint)[0])}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    simple = {bool: "boolean", float: "number", int: "integer"}
    if name == "serial":
        return {"type": "string", "description": "hexadecimal"}
    if hint is OperatorError:
        return {"$ref": "#/$defs/error"}
    if hint is datetime:
        return {"type": "string", "pattern": MOMENT}
    return {"type": simple.get(hint, "string")}
