from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from everseal.acme.problems import Problem, ServerInternal
from everseal.engine.rests import CaAtRest, Rests
from everseal.model.errors import OperatorError
from everseal.system.http import ConnectionRefused
from tests.store.minting import NOW, StillClock

CA, OTHER = "https://ca.example/dir", "https://other.example/dir"
REFUSED = ConnectionRefused("ca.example")


def busy(seconds: float) -> ServerInternal:
    problem = Problem("serverInternal", "too busy", status=503, retry_at=NOW + timedelta(seconds=seconds))
    return ServerInternal(problem, context="the CA refused the order")


class Orders:
    """Places orders one after the other and notes when each of them really began."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.rests = Rests(self.clock)
        self.began: list[float] = []

    def place(self, error: OperatorError | None = None, *, server: str = CA) -> str:
        """What became of it: the name of the error's class."""
        try:
            with self.rests.heeded(server):
                self.began.append(self.clock.monotonic())
                if error is not None:
                    raise error
        except OperatorError as failed:
            return type(failed).__name__
        return "served"


@pytest.fixture
def orders() -> Orders:
    return Orders()


def test_a_ca_that_serves_is_never_waited_for(orders: Orders) -> None:
    assert [orders.place() for _ in range(5)] == ["served"] * 5
    assert orders.began == [0] * 5


def test_after_three_failures_in_a_row_the_waits_grow_and_then_nothing_is_tried(orders: Orders) -> None:
    ends = [orders.place(REFUSED) for _ in range(10)]
    assert ends == ["ConnectionRefused"] * 6 + ["CaAtRest"] * 4
    assert orders.began == [0, 0, 0, 30, 90, 210]


def test_what_it_serves_meanwhile_starts_the_count_anew(orders: Orders) -> None:
    for _ in range(20):
        orders.place(REFUSED)
        orders.place(REFUSED)
        orders.place()
    assert orders.began == [0] * 60


def test_a_refusal_is_an_answer(orders: Orders) -> None:
    refusal = ServerInternal(Problem("serverInternal", "a mistake", status=500), context="the CA refused")
    for _ in range(9):
        orders.place(refusal)
    assert orders.began == [0] * 9


def test_once_it_is_back_everything_goes_on(orders: Orders) -> None:
    for _ in range(4):
        orders.place(REFUSED)
    assert [orders.place() for _ in range(3)] == ["served"] * 3
    assert orders.began == [0, 0, 0, 30, 90, 90, 90]


def test_a_busy_ca_is_left_alone_for_as_long_as_it_says(orders: Orders) -> None:
    orders.place(busy(100))
    orders.place()
    assert orders.began == [0, 100]


def test_for_longer_than_five_minutes_nobody_waits(orders: Orders) -> None:
    orders.place(busy(3600))
    with pytest.raises(CaAtRest, match="too busy") as raised, orders.rests.heeded(CA):
        pytest.fail("it is not tried")
    assert "later" in raised.value.remedy
    assert orders.clock.slept == 0


def test_another_ca_is_another_matter(orders: Orders) -> None:
    for _ in range(3):
        orders.place(REFUSED)
    orders.place(server=OTHER)
    assert orders.began == [0] * 4


def test_after_a_rest_one_order_tries_while_the_others_wait(orders: Orders) -> None:
    for _ in range(3):
        orders.place(REFUSED)
    tried, may_end = threading.Event(), threading.Event()
    followed = threading.Event()

    def first() -> None:
        with orders.rests.heeded(CA):
            tried.set()
            assert may_end.wait(10)

    def second() -> None:
        with orders.rests.heeded(CA):
            followed.set()

    threads = [_started(first)]
    assert tried.wait(10)
    threads.append(_started(second))
    assert not followed.wait(0.1)
    may_end.set()
    assert followed.wait(10)
    for each in threads:
        each.join()


def _started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread
