from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import replace

import pytest

from everseal.model.names import CertificateName
from everseal.planning.plan import Action, Issue, UseAccount
from everseal.planning.reasons import AutorenewOff
from everseal.ports import ActionMapper
from everseal.wiring.parallel import Crew, FairCrew, one_by_one
from tests.planning.samples import make_issue, make_leave

SECONDS = 10.0


class Watch:
    """Counts how many are at work at once, and who was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0

    def __enter__(self) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *_how: object) -> None:
        with self._lock:
            self._now -= 1


def orders(count: int, *, server: str = "one", account: str = "a", manual: bool = False) -> list[Action]:
    return [
        replace(
            make_issue(),
            name=CertificateName(f"{server}-{account}-{number}"),
            server=server,
            account=UseAccount(account, f"https://{server}/{account}"),
            parameters={"authenticator": "manual" if manual else "webroot"},
        )
        for number in range(count)
    ]


def name_of(action: Action) -> str:
    return action.name.value


def test_results_are_in_the_order_of_the_inputs() -> None:
    first_may_end = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert first_may_end.wait(SECONDS)
        elif number == 4:
            first_may_end.set()
        return number * 10

    assert Crew(2, "test")(work, range(5)) == [0, 10, 20, 30, 40]
    assert one_by_one(abs, [-1, -2]) == [1, 2]


def test_all_calls_of_a_crew_share_its_helpers() -> None:
    watch = Watch()
    crew = Crew(3, "test")

    def inner(_number: int) -> None:
        with watch:
            threading.Event().wait(0.01)

    crew(lambda _outer: crew(inner, range(6)), range(4))
    assert 2 <= watch.most <= 4  # the helpers, and the caller


def test_helpers_see_the_context_of_the_caller() -> None:
    variable = ContextVar("variable", default=0)
    variable.set(7)
    both = threading.Barrier(2)

    def work(_number: int) -> int:
        both.wait(SECONDS)
        return variable.get()

    assert Crew(1, "test")(work, range(2)) == [7, 7]


@pytest.mark.parametrize("crew", [Crew(2, "test"), FairCrew(3, most_per_ca=9)])
def test_the_first_error_is_raised_once_all_that_began_has_ended(crew: ActionMapper) -> None:
    begun: list[str] = []
    ended: list[str] = []
    other_runs = threading.Event()

    def work(action: Action) -> None:
        begun.append(name_of(action))
        if len(begun) == 2:
            other_runs.set()
        assert other_runs.wait(SECONDS)
        if action.name.value.endswith("-0"):
            raise ValueError(action.name.value)
        threading.Event().wait(0.05)
        ended.append(name_of(action))

    actions = orders(20)
    with pytest.raises(ValueError, match="one-a-0"):
        crew(work, actions)
    assert sorted(ended) == sorted(name for name in begun if name != "one-a-0")
    assert len(begun) < 20


def test_a_slow_ca_with_many_leaves_room_for_the_others() -> None:
    slow, quick = orders(90), orders(10, server="two")
    may_end = threading.Event()
    done: list[str] = []

    def work(action: Action) -> None:
        if isinstance(action, Issue) and action.server == "one":
            assert may_end.wait(SECONDS)
        else:
            done.append(name_of(action))
            if len(done) == len(quick):
                may_end.set()

    FairCrew(4, most_per_ca=4)(work, [*slow, *quick])
    assert done == [name_of(each) for each in quick]


def test_accounts_of_one_ca_take_turns() -> None:
    begun: list[str] = []
    gate = threading.Barrier(4)

    def work(action: Action) -> None:
        begun.append(name_of(action))
        gate.wait(SECONDS)

    FairCrew(4, most_per_ca=4)(work, [*orders(6), *orders(2, account="b")])
    assert sum(name.startswith("one-b") for name in begun[:4]) == 2


def test_no_ca_has_more_orders_under_way_than_it_may() -> None:
    watch = Watch()

    def work(_action: Action) -> None:
        with watch:
            threading.Event().wait(0.005)

    FairCrew(8, most_per_ca=3)(work, orders(20))
    assert watch.most == 3


def test_hooks_by_hand_are_one_at_a_time_beside_others() -> None:
    by_hand, others = Watch(), Watch()

    def work(action: Action) -> None:
        manual = isinstance(action, Issue) and action.parameters["authenticator"] == "manual"
        with by_hand if manual else others:
            threading.Event().wait(0.01)

    FairCrew(6, most_per_ca=6)(work, [*orders(6, manual=True), *orders(12, account="b")])
    assert by_hand.most == 1
    assert others.most > 1


def test_what_orders_nothing_is_done_by_the_caller_in_its_order() -> None:
    seen: list[tuple[str, bool]] = []

    def work(action: Action) -> None:
        seen.append((type(action).__name__, threading.current_thread() is threading.main_thread()))

    waiting = [replace(make_leave(AutorenewOff()), name=CertificateName(f"n{number}")) for number in range(3)]
    FairCrew(4, most_per_ca=4)(work, [*waiting, *orders(3)])
    assert [here for kind, here in seen if kind == "Leave"] == [True] * 3


@pytest.mark.parametrize(("size", "count"), [(1, 5), (8, 1)])
def test_one_at_a_time_is_the_order_of_the_plan(size: int, count: int) -> None:
    actions: list[Action] = [*orders(count), make_leave(AutorenewOff())]
    seen: list[Action] = []

    def work(action: Action) -> None:
        seen.append(action)
        assert threading.current_thread() is threading.main_thread()

    FairCrew(size, most_per_ca=9)(work, actions)
    assert seen == actions
