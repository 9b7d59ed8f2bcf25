from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.planning.limit import Level, Limit, Spending, level
from tests.planning.samples import NOW

HOUR = timedelta(hours=1)
SET = Limit("set", "certificates", ("set",), 5, timedelta(days=7), frozenset({"ari"}))
DOMAIN = Limit("domain", "certificates", ("domain",), 50, timedelta(days=7), frozenset({"ari", "renewal"}))
ORDERS = Limit("orders", "orders", ("account",), 300, 3 * HOUR, frozenset({"ari", "renewal"}))
ROW = Limit("row", "failures", ("account", "identifier"), 3, timedelta(days=3), frozenset(), True, True)


class Tokens:
    """A bucket that is filled drop by drop: what the closed form must come to."""

    def __init__(self, capacity: int, period: int) -> None:
        self.tokens = Fraction(capacity)
        self._full = Fraction(capacity)
        self._pace = Fraction(capacity, period)
        self._at = 0
        self.found_empty = False

    def pass_to(self, second: int) -> None:
        self.tokens = min(self._full, self.tokens + (second - self._at) * self._pace)
        self._at = second

    def take(self, second: int) -> None:
        self.pass_to(second)
        if self.tokens >= 1:
            self.tokens -= 1
        else:
            self.found_empty = True


@given(
    capacity=st.integers(1, 7),
    refill=st.integers(1, 50),
    moments=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 3)), max_size=30),
    later=st.integers(0, 100),
)
def test_a_bucket_loses_and_regains_tokens(
    capacity: int, refill: int, moments: list[tuple[int, int]], later: int
) -> None:
    tokens = Tokens(capacity, capacity * refill)
    limit = Limit("any", "certificates", ("set",), capacity, timedelta(seconds=capacity * refill))
    for second, count in sorted(moments):
        for _ in range(count):
            tokens.take(second)
    end = max((second for second, _ in moments), default=0) + later
    tokens.pass_to(end)
    now = NOW + timedelta(seconds=end)

    reached = level(limit, [Spending(NOW + timedelta(seconds=at), count) for at, count in moments])

    assert reached.used(now) == capacity - int(tokens.tokens)
    assert reached.overdrawn == tokens.found_empty
    assert (reached.next_at(now) == now) == (tokens.tokens >= 1)
    if tokens.tokens < 1:
        missing = (1 - tokens.tokens) * refill
        assert reached.next_at(now) == now + timedelta(seconds=float(missing))


def test_the_published_paces() -> None:
    assert ORDERS.refill == timedelta(seconds=36)
    assert DOMAIN.refill == timedelta(minutes=201, seconds=36)
    assert SET.refill == timedelta(hours=33, minutes=36)


def test_a_burst_is_used_up_and_returns_one_by_one() -> None:
    reached = level(SET, [Spending(NOW)] * 5)
    assert reached.used(NOW) == 5
    assert reached.next_at(NOW) == NOW + SET.refill
    assert reached.used(NOW + SET.refill) == 4
    assert reached.next_at(NOW + SET.refill) == NOW + SET.refill
    assert reached.used(NOW + timedelta(days=7)) == 0


def test_what_finds_the_bucket_empty_takes_nothing() -> None:
    assert level(SET, [Spending(NOW)] * 9) == Level(SET, NOW + timedelta(days=7), overdrawn=True)


@pytest.mark.parametrize(
    ("limit", "spending", "used"),
    [
        (SET, Spending(NOW), 1),
        (SET, Spending(NOW, ari=True), 1),
        (SET, Spending(NOW, renewal=True), 1),
        (DOMAIN, Spending(NOW), 1),
        (DOMAIN, Spending(NOW, ari=True), 1),
        (DOMAIN, Spending(NOW, renewal=True), 0),
        (ORDERS, Spending(NOW), 1),
        (ORDERS, Spending(NOW, ari=True), 0),
        (ORDERS, Spending(NOW, renewal=True), 0),
        (ROW, Spending(NOW), 1),
        (ROW, Spending(NOW, settled=True), 0),
    ],
)
def test_what_counts(limit: Limit, spending: Spending, used: int) -> None:
    assert level(limit, [spending]).used(NOW) == used


@given(st.permutations([Spending(NOW + hours * 7 * HOUR) for hours in range(8)]))
def test_the_order_in_which_things_are_learnt_does_not_matter(spendings: Sequence[Spending]) -> None:
    assert level(SET, spendings) == level(SET, sorted(spendings, key=_moment))


def _moment(spending: Spending) -> datetime:
    return spending.at


def test_paces_in_words() -> None:
    assert SET.pace == "in 7 days"
    assert ROW.pace == "in a row"
