"""A run that is asked to end: gently at the first signal, at once at the second, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from everseal.localca.faults import Pause, Rule
from tests.e2e.home import BLUNDERS, Done, Home
from tests.servers.built_in import BuiltIn

NAMES = [f"n{number}.test" for number in range(4)]
SECONDS = 30.0


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.02)


class Running:
    """A command on its way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> Done:
        out, err = self._process.communicate(timeout=SECONDS)
        assert not any(blunder in out + err for blunder in BLUNDERS), err
        return Done(self._process.returncode, out, err)


@contextmanager
def running(home: Home, verb: str, *words: str) -> Iterator[Running]:
    process = subprocess.Popen(
        home.words(verb, *words),
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def webroot(home: Home, tmp_path: Path) -> Path:
    """Four lineages that are due, to be proved by files here, which nobody serves."""
    root = tmp_path / "www"
    root.mkdir()
    home.plant(NAMES, webroot=root)
    return root


def renewing(tmp_path: Path, *more: str) -> list[str]:
    """Two at once, and the post hook leaves a note."""
    return ["--jobs=2", f"--post-hook=echo $RENEWED_DOMAINS. >> {tmp_path}/post", *more]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("webroot")
def test_what_is_under_way_ends_well_and_nothing_more_begins(
    home: Home, ca: BuiltIn, tmp_path: Path, number: signal.Signals
) -> None:
    ca.server.faults.add(Rule("issue", Pause(1.0), times=None))
    words = renewing(tmp_path, "--standalone")
    with running(home, "renew", *words) as run:
        wait_until(lambda: len(home.journals()) == 2)
        run.signal(number)
        done = run.end()
    assert done.status == 1
    assert "Stopping: what is under way is brought to its end, nothing more is begun" in done.err
    assert "was stopped before it was done: 2 renewed, 0 failed, 0 broken off, 2 not begun." in done.err
    assert [home.version(name) for name in NAMES] == [2, 2, 1, 1]
    assert (tmp_path / "post").read_text() == "n0.test www.n0.test n1.test www.n1.test.\n"
    assert home.journals() == []
    ca.server.faults.clear()
    home.succeed("renew", *words)
    assert [home.version(name) for name in NAMES] == [2] * 4


def test_a_second_signal_waits_for_nothing(home: Home, ca: BuiltIn, webroot: Path, tmp_path: Path) -> None:
    ca.server.faults.add(Rule("validation", Pause(60.0), times=None))
    with running(home, "renew", *renewing(tmp_path)) as run:
        wait_until(lambda: len(list(webroot.rglob("acme-challenge/*"))) == 4)
        run.signal(signal.SIGTERM)
        time.sleep(0.3)
        began = time.monotonic()
        run.signal(signal.SIGTERM)
        done = run.end()
    assert time.monotonic() - began < 5
    assert done.status == 1
    assert "was stopped before it was done: 0 renewed, 0 failed, 2 broken off, 2 not begun." in done.err
    assert list(webroot.iterdir()) == []
    assert (tmp_path / "post").read_text() == ".\n"
    assert [home.version(name) for name in NAMES] == [1] * 4
    assert sorted(home.journals()) == ["pending/n0.test.json", "pending/n1.test.json"]


@pytest.mark.usefixtures("webroot")
def test_an_order_broken_off_is_carried_on_by_the_next_run(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    ca.server.faults.add(Rule("issue", Pause(3.0), times=None))
    words = renewing(tmp_path, "--standalone")
    with running(home, "renew", *words) as run:
        wait_until(lambda: any(each.resource == "finalize" for each in ca.server.transcript()))
        run.signal(signal.SIGTERM)
        time.sleep(0.2)
        run.signal(signal.SIGTERM)
        assert run.end().status == 1
    ca.server.faults.clear()
    assert home.journals()
    out = home.succeed("renew", *words)
    assert "Carrying on the order that was interrupted" in out
    assert home.journals() == []
    assert [home.version(name) for name in NAMES] == [2] * 4
