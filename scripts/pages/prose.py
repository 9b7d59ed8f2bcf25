"""What is written about a class, as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass

ROLE = re.compile(r":\w+:`~?(?:[\w.]+\.)?(\w+)`")
FUNCTION = re.compile(r"<function (\w+) at \w+>")
DOUBLED = re.compile(r"``([^`]+)``")


def documentation(of: object) -> str:
    """The docstring with Sphinx roles and doubled backticks turned into code."""
    text = inspect.getdoc(of) or ""
    return DOUBLED.sub(r"`\1`", ROLE.sub(r"`\1`", text))


def field_table(kind: type) -> Iterator[str]:
    """The fields of a dataclass, a line each; nothing for another class or one without fields."""
    if not is_dataclass(kind) or not fields(kind):
        return
    yield "| field | type | default |"
    yield "|---|---|---|"
    for each in fields(kind):
        yield f"| `{each.name}` | {code(str(each.type))} | {_default(each.default, each.default_factory)} |"
    yield ""


def code(text: str) -> str:
    """As code in a table's cell."""
    return "`" + text.replace("|", "\\|") + "`"


def without_addresses(text: str) -> str:
    """A function by its name alone, in what Python shows of it."""
    return FUNCTION.sub(r"\1", text)


def _default(value: object, factory: object) -> str:
    if value is not MISSING:
        return code(without_addresses(repr(value)))
    return "" if factory is MISSING else "empty"
