from __future__ import annotations

import pytest

from everseal.engine.outcome import Left
from everseal.engine.run import carry_out
from everseal.engine.tools import Workshop
from everseal.hooks.runner import HookRunner, Hooks
from everseal.model.events import (
    Event,
    LineageDone,
    LineageExamined,
    LineageSkipped,
    RunEnded,
    RunStarted,
    Warned,
)
from everseal.model.names import CertificateName
from everseal.planning.plan import Leave, Plan
from everseal.planning.reasons import NewerVersionWaits
from everseal.store.memory import MemoryAccounts, MemoryStore
from everseal.system.clock import SystemRandom
from everseal.wiring.parallel import one_by_one
from tests.engine.idle import no_solver, no_tools
from tests.store.minting import NOW, StillClock, mint

NAME = CertificateName("example.org")


@pytest.fixture
def store() -> MemoryStore:
    """Two versions, of which the first is live, as an interrupted run leaves them."""
    store = MemoryStore(clock=StillClock())
    for new in (True, False):
        store.commit(NAME, mint("example.org").version(), parameters={}, sections={}, new=new)
    store.relink(NAME, 1)
    return store


def carry_out_leave(store: MemoryStore, relink: int | None) -> list[Event]:
    events: list[Event] = []
    shop = Workshop(
        store=store,
        accounts=MemoryAccounts(),
        hooks=Hooks(HookRunner({}, emit=events.append), None),
        tools_for=no_tools,
        solver_of=no_solver,
        each_lineage=one_by_one,
        each_request=one_by_one,
        clock=StillClock(),
        random=SystemRandom(),
        emit=events.append,
    )
    facts = store.load(NAME).certificate
    leave = Leave(
        NAME, facts.identifiers, NewerVersionWaits(1, 2), facts.not_after, "fullchain.pem", relink=relink
    )
    report = carry_out(Plan((leave,), NOW), shop)
    assert report.outcomes == (Left(leave),)
    return events


def test_a_version_left_behind_is_put_to_use(store: MemoryStore) -> None:
    assert [type(each) for each in carry_out_leave(store, 2)] == [
        RunStarted,
        LineageExamined,
        LineageSkipped,
        LineageDone,
        RunEnded,
    ]
    assert store.load(NAME).live == 2


def test_otherwise_the_links_stay(store: MemoryStore) -> None:
    carry_out_leave(store, None)
    assert store.load(NAME).live == 1


def test_what_cannot_be_put_to_use_is_told_and_stops_nothing(store: MemoryStore) -> None:
    kinds = [type(each) for each in carry_out_leave(store, 9)]
    assert kinds[1:-2] == [LineageExamined, Warned, LineageSkipped]
    assert store.load(NAME).live == 1
