"""The page of the library, from what the package exports and its docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from types import FunctionType, UnionType
from typing import get_args

import everseal
from pages.prose import documentation, field_table, without_addresses

HEAD = """\
# The library

<!-- Written by scripts/reference from the docstrings of what everseal exports; change those. -->

Everything here is imported from `everseal` itself.  Other modules are the house's own and may change.
The library never prints, exits, reads the environment or configures logging; what goes wrong is raised as an
`OperatorError`.
A whole program: [obtain.py](../examples/obtain.py).
"""


def render() -> str:
    names = sorted(everseal.__all__, key=lambda name: (name != "Manager", name))
    return "\n".join([HEAD, *(line for name in names for line in section(name))])


def section(name: str) -> Iterator[str]:
    value = getattr(everseal, name)
    yield f"## {name}\n"
    if isinstance(value, UnionType):
        members = " or ".join(f"`{each.__name__}`" for each in get_args(value))
        yield f"One of: {members}.\n"
        return
    yield f"{documentation(value)}\n"
    if issubclass(value, Enum):
        yield from (f"- `{member.name}` ({member.value})" for member in value)
        yield ""
        return
    yield from field_table(value)
    yield from members_of(value)


def members_of(kind: type) -> Iterator[str]:
    """Public properties and methods that say something of their own, in the order of the source."""
    for name, member in vars(kind).items():
        what = (
            member.fget
            if isinstance(member, property)
            else inspect.unwrap(getattr(member, "__func__", member))
        )
        if name.startswith("_") or not isinstance(what, FunctionType) or not what.__doc__:
            continue
        shown = name if isinstance(member, property) else f"{name}{signature(what)}"
        yield f"### `{shown}`\n"
        yield f"{documentation(what)}\n"


def signature(function: FunctionType) -> str:
    """As it is called, without the receiver."""
    found = inspect.signature(function)
    parameters = [each for name, each in found.parameters.items() if name not in {"self", "cls"}]
    return without_addresses(str(found.replace(parameters=parameters)).replace("'", ""))
