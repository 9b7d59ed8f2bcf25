"""What faults make of an answer on its way out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from everseal.localca.faults import (
    AddHeader,
    Drip,
    EditBody,
    EditJson,
    Endless,
    Faults,
    ForeignOrigin,
    Replace,
    Truncate,
)
from everseal.system.httpd import ServerResponse

if TYPE_CHECKING:
    from everseal.localca.call import Answer
    from everseal.localca.faults import Drawn
    from everseal.localca.links import Links
    from everseal.model.clock import Clock

_FILLER: Final = b" " * 65536
_ESCAPES: Final = "\x1b[31mred\x1b[0m\x07\r\nfake log line "


def body(answer: Answer, links: Links, drawn: Drawn, faults: Faults) -> bytes:
    """The answer's body as it goes out."""
    rendered = answer.body
    if not isinstance(rendered, bytes):
        rendered = json.dumps(_changed_object(dict(rendered), drawn, faults)).encode()
    for fault in drawn.faults:
        match fault:
            case ForeignOrigin(origin=origin):
                rendered = rendered.replace(links.base.encode(), origin.encode())
            case Replace(body=other):
                rendered = other
            case EditBody(change=change):
                rendered = change(rendered)
            case _:
                pass
    return rendered


def response(
    status: int, content: bytes, headers: Sequence[tuple[str, str]], drawn: Drawn, clock: Clock
) -> ServerResponse:
    """The whole response, perhaps broken off, endless or slow."""
    result = ServerResponse(status, content, _changed_headers(headers, drawn, clock))
    for fault in drawn.faults:
        match fault:
            case Truncate(keep=keep):
                result = replace(result, body=content[:keep], announced_length=len(content) + 1)
            case Endless():
                result = replace(result, body=_endless(content))
            case Drip(pause=pause):
                result = replace(result, body=_dripping(content, pause, clock), announced_length=len(content))
            case _:
                pass
    return result


def _changed_object(members: dict[str, Any], drawn: Drawn, faults: Faults) -> Mapping[str, Any]:
    if drawn.has("unknown-members"):
        members = _with_unknown(members, faults)
    if drawn.has("shuffle"):
        members = _shuffled(members, faults)
    if drawn.has("escapes-in-detail"):
        members = _escaped(members)
    for fault in drawn.faults:
        if isinstance(fault, EditJson):
            members = fault.change(members)
    return members


def _with_unknown(value: Any, faults: Faults) -> Any:
    """A member that no RFC knows, in every object."""
    match value:
        case dict():
            known = {name: _with_unknown(item, faults) for name, item in value.items()}
            return {**known, f"x-{faults.word()}": {"nested": [None, 1.5, faults.word()]}}
        case list():
            return [_with_unknown(item, faults) for item in value]
        case _:
            return value


def _shuffled(members: dict[str, Any], faults: Faults) -> dict[str, Any]:
    """Members, and lists whose order means nothing, in another order."""
    shuffled = {name: members[name] for name in faults.shuffled(list(members))}
    for name in ("identifiers", "authorizations", "challenges"):
        if name in shuffled:
            shuffled[name] = faults.shuffled(shuffled[name])
    return shuffled


def _escaped(value: Any) -> Any:
    """Terminal escapes and line breaks in every ``detail``."""
    match value:
        case dict():
            return {
                name: f"{_ESCAPES}{item}" if name == "detail" else _escaped(item)
                for name, item in value.items()
            }
        case list():
            return [_escaped(item) for item in value]
        case _:
            return value


def _changed_headers(
    headers: Sequence[tuple[str, str]], drawn: Drawn, clock: Clock
) -> tuple[tuple[str, str], ...]:
    """More headers, and Retry-After as a date where that was drawn."""
    added = [(fault.name, fault.value) for fault in drawn.faults if isinstance(fault, AddHeader)]
    changed = [*headers, *added]
    if drawn.has("retry-after-date"):
        changed = [(name, _dated(text, clock) if name == "Retry-After" else text) for name, text in changed]
    return tuple(changed)


def _dated(seconds: str, clock: Clock) -> str:
    """The other form of Retry-After (RFC 9110 section 10.2.3)."""
    return format_datetime(clock.now() + timedelta(seconds=int(seconds)), usegmt=True)


def _endless(content: bytes) -> Iterator[bytes]:
    yield content
    while True:
        yield _FILLER


def _dripping(content: bytes, pause: float, clock: Clock) -> Iterator[bytes]:
    for position in range(len(content)):
        clock.sleep(pause)
        yield content[position : position + 1]
