from __future__ import annotations

import threading

import pytest

from everseal.acme.pacing import Pacing, Rate
from tests.store.minting import StillClock


def sent_at(pacing: Pacing, clock: StillClock, count: int, resource: str = "order") -> list[float]:
    moments = []
    for _ in range(count):
        with pacing.turn(resource):
            moments.append(round(clock.monotonic(), 6))
    return moments


def test_a_burst_and_then_the_rate() -> None:
    clock = StillClock()
    pacing = Pacing(clock, {"order": Rate(10, 3)})
    assert sent_at(pacing, clock, 6) == [0, 0, 0, 0.1, 0.2, 0.3]
    clock.sleep(60)
    assert sent_at(pacing, clock, 4) == pytest.approx([60.3, 60.3, 60.3, 60.4])


def test_each_resource_has_its_own_and_the_others_one_together() -> None:
    clock = StillClock()
    pacing = Pacing(clock, {"newNonce": Rate(1, 1), "other": Rate(2, 1)})
    assert sent_at(pacing, clock, 1, "newNonce") == [0]
    assert sent_at(pacing, clock, 1, "order") == [0]
    assert sent_at(pacing, clock, 1, "challenge") == [0.5]
    assert sent_at(pacing, clock, 1, "newNonce") == [1]


def test_without_rates_nothing_waits() -> None:
    clock = StillClock()
    assert sent_at(Pacing(clock), clock, 100) == [0] * 100


def test_no_more_than_so_many_at_once() -> None:
    pacing = Pacing(StillClock(), at_once=2)
    inside, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with pacing.turn("order"):
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 2
