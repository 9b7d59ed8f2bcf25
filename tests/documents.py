"""Documents held against docs/reference/json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "reference" / "json"


def closed(schema: Any) -> Any:
    """The schema without room for keys that it does not name, except where it says that there is room."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {"additionalProperties": False, **inner} if "properties" in inner and "type" in inner else inner


def check(document: Mapping[str, Any], name: str) -> None:
    """The document is one of this schema, no more and no less."""
    schema = json.loads((SCHEMAS / f"{name}-1.json").read_text())
    Draft202012Validator(closed(schema)).validate(document)
