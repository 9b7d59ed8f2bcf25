"""``--events``: what happens, as lines of JSON while it happens."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from everseal.model.errors import OperatorError, StoreUnusable
from everseal.model.events import Event
from everseal.reports.errors import error_as_json
from everseal.reports.event_json import event_as_json, line
from everseal.settings.values import secret_texts
from everseal.system.masking import Mask

if TYPE_CHECKING:
    from everseal.cli.console import Console
    from everseal.cli.endings import Ending
    from everseal.settings.values import Settings

_DESCRIPTOR: Final = re.compile(r"fd:(\d{1,6})")
_LONGEST_TEXT: Final = 100_000
_CUT: Final = "..."

Write = Callable[[str], None]


class EventsUnwritable(StoreUnusable):
    """The place for the events cannot be written to."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(
            f"events cannot be written to {place}: {why}",
            remedy="give --events-to a file that may be written, or fd:N for a descriptor that is open",
        )


class EventStream:
    """Writes each event as one line to every place that was asked for, and hides secrets.

    A place that can be written to no longer gets no more lines; the run goes on.
    """

    def __init__(self, writes: list[Write], mask: Mask, *, warn: Callable[[str], None]) -> None:
        self._writes = writes
        self._mask = mask
        self._warn = warn
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """From any thread."""
        self._tell(event_as_json(event, at=_now()))

    def begin(self, verb: str, version: str) -> None:
        """The first line."""
        facts = {"verb": verb, "version": version, "process": os.getpid()}
        self._tell(line("command-started", at=_now(), facts=facts))

    def end(self, status: int, ending: Ending | None, error: OperatorError | None) -> None:
        """The last line: whoever reads it knows that nothing is missing."""
        facts = {
            "exit_status": status,
            "ending": None if ending is None else ending.name,
            "error": None if error is None else error_as_json(error),
        }
        self._tell(line("command-ended", at=_now(), facts=facts))

    def _tell(self, value: Mapping[str, object]) -> None:
        text = json.dumps(_masked(value, self._mask)) + "\n"
        with self._lock:
            for write in list(self._writes):
                try:
                    write(text)
                except OSError as error:
                    self._writes.remove(write)
                    self._warn(f"no more events are written: {error.strerror or error}")


def open_stream(settings: Settings, console: Console) -> EventStream | None:
    """Where the options say; None where they say nothing.  Raises EventsUnwritable."""
    writes: list[Write] = []
    if settings.flag("events"):
        writes.append(console.line)
    place = settings.text("events_to")
    if place is not None:
        writes.append(_writer(place))
    if not writes:
        return None
    return EventStream(writes, Mask(secret_texts(settings)), warn=console.warn)


def _writer(place: str) -> Write:
    """Each line in one call, so that lines of several runs in one file do not mix."""
    found = _DESCRIPTOR.fullmatch(place)
    try:
        descriptor = _given(int(found[1])) if found is not None else _opened(place)
    except OSError as error:
        raise EventsUnwritable(place, error.strerror or str(error)) from None

    def write(text: str) -> None:
        data = text.encode("ascii")
        while data:
            data = data[os.write(descriptor, data) :]

    return write


def _given(descriptor: int) -> int:
    os.fstat(descriptor)
    return descriptor


def _opened(path: str) -> int:
    """A named pipe that nobody reads is an error, not a reason to wait."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    os.set_blocking(descriptor, True)
    return descriptor


def _masked(value: object, mask: Mask) -> object:
    match value:
        case str():
            shown = mask.hide(value)
            return shown if len(shown) <= _LONGEST_TEXT else shown[: _LONGEST_TEXT - len(_CUT)] + _CUT
        case list():
            return [_masked(each, mask) for each in value]
        case Mapping():
            return {key: _masked(each, mask) for key, each in value.items()}
        case _:
            return value


def _now() -> datetime:
    return datetime.now(UTC)
