"""What makes the built-in CA unkind from the command line: rules, their file, the transcript, the clock."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Final

from everseal.localca.clocks import OffsetClock
from everseal.localca.desk import Entry
from everseal.localca.faults import Faults, Rule
from everseal.localca.menu import parse_rule, parse_script
from everseal.model.clock import Clock
from everseal.model.errors import OperatorError, UsageError
from everseal.settings.values import Settings
from everseal.system.clock import SystemClock

_FURTHEST: Final = 100 * 365 * 86400.0


class FaultFileUnreadable(OperatorError):
    """The file with the rules cannot be read."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"the faults in {path} cannot be read: {why}", remedy="check --fault-file")


class TranscriptUnwritable(OperatorError):
    """The file for the transcript cannot be made."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"the transcript {path} cannot be written: {why}", remedy="check --transcript")


def faults_of(settings: Settings) -> Faults:
    """Raises BadFault, FaultFileUnreadable."""
    return Faults(_rules(settings), seed=settings.number("ca_fault_seed"))


def read_anew_at_hangup(settings: Settings, faults: Faults, say: Callable[[str], None]) -> None:
    """From now on SIGHUP reads the rules again; those that make no sense change nothing."""

    def read(_signal: int, _frame: FrameType | None) -> None:
        try:
            rules = _rules(settings)
        except OperatorError as error:
            say(f"{error.message}; {error.remedy}; the faults stay as they were")
            return
        faults.replace(rules)
        say("1 fault is in force" if len(rules) == 1 else f"{len(rules)} faults are in force")

    signal.signal(signal.SIGHUP, read)


@contextmanager
def transcript(settings: Settings) -> Iterator[Callable[[Entry], None]]:
    """What writes an exchange down, or passes it over.  Raises TranscriptUnwritable."""
    path = settings.text("ca_transcript")
    if path is None:
        yield _pass_over
        return
    with ExitStack() as open_things:
        try:
            file = open_things.enter_context(open(path, "a", encoding="utf-8", buffering=1))
        except OSError as error:
            raise TranscriptUnwritable(path, error.strerror or str(error)) from None

        def write(entry: Entry) -> None:
            file.write(json.dumps(asdict(entry)) + "\n")

        yield write


def clock_of(settings: Settings) -> Clock:
    """The machine's clock, or one beside it.  Raises UsageError."""
    text = settings.text("ca_clock_offset")
    if text is None:
        return SystemClock()
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if not abs(seconds) < _FURTHEST:
        raise UsageError(f"{text!r} is no clock offset", remedy="write it in seconds, such as -3600")
    return OffsetClock(SystemClock(), timedelta(seconds=seconds))


def _rules(settings: Settings) -> list[Rule]:
    rules = [parse_rule(text) for text in settings.items("ca_fault")]
    path = settings.text("ca_fault_file")
    if path is not None:
        try:
            rules += parse_script(Path(path).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise FaultFileUnreadable(path, str(error)) from None
    return rules


def _pass_over(_entry: Entry) -> None:
    """Nobody reads along."""
