"""An order is in the ledger while it is under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from everseal.acme.objects import Order
from everseal.acme.problems import Problem, RateLimited
from everseal.acme.states import OrderStatus
from everseal.acme.wire import UnsafeUrl
from everseal.engine.limits import sent_and_counted
from everseal.engine.tools import Workshop
from everseal.model.errors import Interrupted
from everseal.store.memory import MemoryStore
from everseal.system.http import ConnectionBroken, ConnectionRefused
from everseal.system.process import Completed
from tests.engine.idle import idle_workshop
from tests.store.ledger.test_ledger import ORDER, Keeper, used
from tests.store.minting import StillClock


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(tmp_path)
    yield made
    made.close()


def no_hooks(command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
    raise AssertionError(f"no hook runs, yet {command} does")


@pytest.fixture
def shop(keeper: Keeper) -> Workshop:
    clock = StillClock()
    shop = idle_workshop(MemoryStore(clock=clock), no_hooks, lambda _event: None, clock=clock)
    return replace(shop, ledger=keeper.open)


def test_another_run_sees_an_order_that_is_under_way(keeper: Keeper, shop: Workshop) -> None:
    placed = Order("o1", OrderStatus.PENDING, ORDER.identifiers, (), "f")

    def send() -> Order:
        assert used(keeper.open(), "orders") == 1, "whoever is killed here has perhaps placed it"
        return placed

    assert sent_and_counted(ORDER, send, shop) == placed
    assert used(keeper.open(), "orders") == 1


@pytest.mark.parametrize(
    ("error", "count"),
    [
        (RateLimited(Problem("rateLimited", "too many"), context="the CA refused the order"), 0),
        (ConnectionRefused("ca.example"), 0),
        (ConnectionBroken("ca.example", "reset"), 1),
        (UnsafeUrl("the new-order resource is elsewhere", remedy="none"), 0),
        (Interrupted(), 1),
        (KeyboardInterrupt(), 1),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_the_ca_may_have_taken_counts(
    keeper: Keeper, shop: Workshop, error: BaseException, count: int
) -> None:
    def send() -> Order:
        raise error

    with pytest.raises(type(error)):
        sent_and_counted(ORDER, send, shop)
    assert used(keeper.open(), "orders") == count
