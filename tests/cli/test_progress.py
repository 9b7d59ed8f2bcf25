from __future__ import annotations

import io

import pytest

from everseal.cli.console import Console
from everseal.cli.progress import Progress, bar
from everseal.model.errors import OperatorError
from everseal.model.events import Event, LineageDone, LineageFailed, LineageStarted, RunEnded, RunStarted
from everseal.model.names import CertificateName, DnsName

A, B, C = (CertificateName(f"{letter}.test") for letter in "abc")


class Screen(io.StringIO):
    """A terminal's both streams in one."""

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def started(name: CertificateName) -> LineageStarted:
    return LineageStarted(name, (DnsName(name.value),), renewal=True, dry_run=False)


def failed(name: CertificateName) -> LineageFailed:
    return LineageFailed(name, OperatorError("no", remedy="none"))


RUN: tuple[Event, ...] = (
    RunStarted((A, B, C), 2),
    started(A),
    LineageDone(C),  # it was not due
    LineageDone(A),
    started(B),
    failed(B),
    LineageDone(B),
    RunEnded(),
)


@pytest.fixture(autouse=True)
def _plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too narrow for a bar beside the words."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_one_line_that_is_gone_in_the_end() -> None:
    screen, clock = Screen(), Clock()
    progress = Progress(Console(screen, screen), monotonic=clock)
    for event in RUN:
        progress(event)
        clock.seconds += 21
    lines = screen.getvalue().split("\r\x1b[K")
    assert lines == [
        "0 of 2 certificates done, 0:00",
        "1 of 2 certificates done, 1:03",
        "2 of 2 certificates done, 1 failed, 2:06",
        "",
    ]


def test_what_is_said_meanwhile_stands_above_it() -> None:
    screen = Screen()
    console = Console(screen, screen)
    console.status("half done")
    console.notify("a line")
    console.warn("careful")
    console.status("")
    console.notify("the end")
    assert screen.getvalue() == (
        "half done\r\x1b[Ka line\nhalf done\r\x1b[K\x1b[1m\x1b[31mcareful\x1b[0m\nhalf done\r\x1b[Kthe end\n"
    )


@pytest.mark.parametrize("how", ["quiet", "programs", "file", "dumb"])
def test_nobody_looks_on(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO() if how == "file" else Screen()
    if how == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    progress = Progress(Console(screen, screen, quiet=how == "quiet", notices_aside=how == "programs"))
    for event in RUN:
        progress(event)
    assert screen.getvalue() == ""


def test_one_order_needs_no_bar() -> None:
    screen = Screen()
    progress = Progress(Console(screen, screen))
    for event in (RunStarted((A,), 1), started(A), LineageDone(A), RunEnded()):
        progress(event)
    assert screen.getvalue() == ""


def test_a_bar_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    draw = bar()
    none, half, all_of_it = draw(0, 10), draw(5, 10), draw(10, 10)
    assert len({none, half, all_of_it}) == 3
    assert all("\n" not in drawn for drawn in (none, half, all_of_it))
    assert all_of_it.count("━") == 30
