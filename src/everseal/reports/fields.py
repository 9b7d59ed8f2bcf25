"""Labelled lines, of which plans are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from everseal.model.text import printable
from everseal.planning.requests import PlannedRequest

WIDE: Final = 20_000
_LABEL: Final = 11


def field(label: str, values: Sequence[str]) -> Iterator[str]:
    """One value on each line, whatever is in it."""
    for number, value in enumerate(values):
        head = f"{label}:" if number == 0 else ""
        yield f"  {head:<{_LABEL}} {printable(value, WIDE)}"


def request_lines(requests: Sequence[PlannedRequest]) -> Iterator[str]:
    """The conversation with a CA, numbered."""
    width = len(str(len(requests)))
    for number, request in enumerate(requests, 1):
        unless = f" (not if {request.unless})" if request.unless else ""
        yield f"{number:>{width}}. {request.method:<4} {request.resource:<13} {request.why}{unless}"


def request_as_json(request: PlannedRequest) -> dict[str, object]:
    """One request of a plan."""
    return {
        "method": request.method,
        "resource": request.resource,
        "identifier": None if request.identifier is None else request.identifier.value,
        "why": request.why,
        "unless": request.unless,
    }
