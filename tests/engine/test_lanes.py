from __future__ import annotations

from dataclasses import replace

from everseal.engine.lanes import Lane, Lanes, lane_of
from everseal.planning.plan import ConfiguredHooks, RegisterAccount
from everseal.planning.reasons import AutorenewOff
from tests.planning.samples import SERVER, make_issue, make_leave

ONE, OTHER = Lane("one", "a"), Lane("other", "a")


def lanes(*each: Lane, most: int = 9) -> Lanes:
    return Lanes(enumerate(each), most_per_ca=most)


def begun(table: Lanes, count: int) -> list[int | None]:
    return [table.begin() for _ in range(count)]


def test_what_an_order_shares_with_others() -> None:
    order = make_issue()
    assert lane_of(order) == Lane(SERVER, "0123")
    assert lane_of(replace(order, account=RegisterAccount())) == Lane(SERVER, "")
    assert lane_of(replace(order, parameters={"authenticator": "manual"})) == Lane(
        SERVER, "0123", manual=True
    )
    hooks = ConfiguredHooks(pre="stop")
    assert lane_of(replace(order, configured_hooks=hooks)) == Lane(SERVER, "0123", pre_hook="stop")
    assert lane_of(make_leave(AutorenewOff())) is None


def test_the_ca_and_then_the_account_with_the_fewest_under_way_is_next() -> None:
    second = replace(ONE, account="b")
    table = lanes(ONE, ONE, ONE, ONE, OTHER, OTHER, second)
    assert begun(table, 6) == [0, 4, 6, 5, 1, 2]
    table.end(4)
    assert table.begin() == 3
    assert table.begin() is None
    assert table.is_empty


def test_a_full_ca_lets_others_go_first() -> None:
    table = lanes(ONE, ONE, ONE, OTHER, most=2)
    assert begun(table, 4) == [0, 3, 1, None]
    table.end(1)
    assert begun(table, 2) == [2, None]


def test_one_order_by_the_operators_own_hooks_at_a_time() -> None:
    by_hand = replace(ONE, manual=True)
    table = lanes(by_hand, by_hand, ONE)
    assert begun(table, 3) == [0, 2, None]
    table.end(0)
    assert table.begin() == 1


def test_an_order_with_a_pre_hook_of_its_own_is_alone_where_the_plan_has_it() -> None:
    stops = replace(ONE, pre_hook="stop")
    table = lanes(OTHER, OTHER, stops, OTHER, stops)
    assert begun(table, 3) == [0, 1, None]
    table.end(0)
    assert table.begin() is None
    table.end(1)
    assert begun(table, 2) == [2, None]
    assert not table.is_empty
    table.end(2)
    assert begun(table, 3) == [3, 4, None]
