"""What a hostile CA can cost: memory, time, requests."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from everseal.acme.client import Client
from everseal.acme.wire import HURRIED_SECONDS, REQUEST_SECONDS
from everseal.localca import faults as menu
from everseal.localca.faults import Rule
from everseal.system.clock import SystemClock, SystemRandom
from everseal.system.http import HttpRequest, HttpResponse, TimedOut
from everseal.system.transport import UrllibTransport
from tests.e2e.test_memory import METER
from tests.hostile.siege import Siege

MOST_GROWTH_KIB = 20 * 1024
MOST_SECONDS = 70.0
SCALE = 30.0
SLACK = 2.0


def kib_taken(siege: Siege, name: str) -> int:
    """The most memory that ``renew``, in a process of its own, took at any time."""
    words = [sys.executable, "-m", "everseal", "renew", "--non-interactive", "--no-random-sleep-on-renew"]
    words += [*siege.desk.words(), f"--server={siege.desk.server}", "--cert-name", name]
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", METER, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return int(done.stdout)


@pytest.fixture(scope="module")
def usual(siege: Siege) -> int:
    return kib_taken(siege, siege.due())


@pytest.mark.parametrize("place", ["directory", "certificate"])
def test_a_body_without_end_takes_no_memory(siege: Siege, usual: int, place: str) -> None:
    """F10."""
    name = siege.due()
    siege.forget_directories()
    siege.server.faults.add(Rule(place, menu.Endless(), times=None))
    try:
        assert kib_taken(siege, name) < usual + MOST_GROWTH_KIB
    finally:
        siege.server.faults.clear()
    assert siege.versions(name) == 1


class Hasty:
    """The real transport, for whom a minute is two seconds; ``allowed`` are the seconds of each request."""

    def __init__(self) -> None:
        self._transport = UrllibTransport()
        self.allowed: list[float] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        self.allowed.append(request.seconds)
        return self._transport.send(replace(request, seconds=request.seconds / SCALE))


@pytest.fixture
def dripping(siege: Siege) -> Iterator[str]:
    """A directory that comes byte by byte, one now and then."""
    siege.server.faults.add(Rule("directory", menu.Drip(pause=0.05), times=None))
    yield siege.server.directory_url
    siege.server.faults.clear()


def test_a_ca_that_drips_is_given_up(dripping: str) -> None:
    """F11: asked for renewal information first and for orders then, as a run does; others wait less."""
    transport = Hasty()
    client = Client(
        dripping,
        transport=transport,
        clock=SystemClock(),
        random=SystemRandom(),
        user_agent="test",
        allow_http=True,
    )
    began = time.monotonic()
    for ask in (client.offers_renewal_info, client.directory, client.directory):
        with pytest.raises(TimedOut):
            ask()
    assert time.monotonic() - began < sum(transport.allowed) / SCALE + SLACK
    assert transport.allowed == [HURRIED_SECONDS, REQUEST_SECONDS, HURRIED_SECONDS]
    assert HURRIED_SECONDS + REQUEST_SECONDS <= MOST_SECONDS
