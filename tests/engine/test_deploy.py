"""Deploy hooks at once, or after every order where several may be under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from everseal.engine.deploy import deploy_later
from everseal.engine.outcome import Outcome, Rehearsed, Saved
from everseal.engine.tools import Workshop
from everseal.model.events import DeployStarted, Event, HookRan, Warned, lineage_of
from everseal.model.names import CertificateName, DnsName
from everseal.model.pending import OwedHook
from everseal.planning.plan import ConfiguredHooks
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.process import Completed
from everseal.system.stopping import StopSwitch
from tests.engine.idle import idle_workshop
from tests.planning.samples import make_issue
from tests.store.minting import StillClock, mint

NAMES = ("a.example", "b.example")


@dataclass
class Bench:
    """Two lineages whose deploy hooks are owed, and what runs."""

    folder: Path
    clock: StillClock = field(default_factory=StillClock)
    events: list[Event] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    status: int = 0

    def __post_init__(self) -> None:
        self.store = CertbotStore(str(self.folder / "config"), clock=self.clock)
        self.stop = StopSwitch(self.clock, grace=10)
        self.outcomes = [self._saved(name) for name in NAMES]

    def run(self, command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
        self.ran.append(f"{command} {env['RENEWED_DOMAINS']}")
        return Completed(self.status, "", "")

    @property
    def shop(self) -> Workshop:
        return idle_workshop(self.store, self.run, self.events.append, clock=self.clock, stop=self.stop)

    def _saved(self, name: str) -> Saved:
        action = replace(make_issue(name), configured_hooks=ConfiguredHooks(deploy="reload"))
        hook = OwedHook("deploy", "reload", action.name, (DnsName(name),))
        lineage = self.store.commit(
            action.name, mint(name).version(), parameters={}, sections={}, new=True, owed=[hook]
        )
        return Saved(action, lineage, hook.identifiers)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_in_the_order_of_the_plan_each_once(bench: Bench) -> None:
    assert deploy_later(bench.outcomes, bench.shop) == tuple(bench.outcomes)
    assert bench.ran == ["reload a.example", "reload b.example"]
    assert bench.store.owed_hooks() == ()
    assert [
        (type(each), str(lineage_of(each))) for each in bench.events if not isinstance(each, HookRan)
    ] == [(DeployStarted, name) for name in NAMES]


def test_what_another_run_has_done_meanwhile_is_not_done_again(bench: Bench) -> None:
    bench.store.settle_hook(OwedHook("deploy", "reload", CertificateName(NAMES[0])))
    deploy_later(bench.outcomes, bench.shop)
    assert bench.ran == ["reload b.example"]


def test_a_failure_is_told_in_the_outcome_and_stays_owed(bench: Bench) -> None:
    bench.status = 3
    first, second = deploy_later(bench.outcomes, bench.shop)
    assert isinstance(first, Saved)
    assert isinstance(second, Saved)
    assert first.hook_failures == second.hook_failures == ("deploy hook 'reload' ended with status 3",)
    assert [each.attempts for each in bench.store.owed_hooks()] == [1, 1]


def test_a_run_that_has_to_end_leaves_them_to_the_next(bench: Bench) -> None:
    bench.stop.ask()
    bench.stop.ask()
    deploy_later(bench.outcomes, bench.shop)
    assert bench.ran == []
    assert len(bench.store.owed_hooks()) == 2
    assert [type(each) for each in bench.events] == [Warned, Warned]


def test_a_lineage_that_somebody_else_holds_is_left(bench: Bench) -> None:
    with bench.store.lock(CertificateName(NAMES[0]), wait=0):
        deploy_later(bench.outcomes, bench.shop)
    assert bench.ran == ["reload b.example"]
    assert any(isinstance(each, Warned) and "left to the next run" in each.message for each in bench.events)


def test_a_rehearsal_runs_them_only_where_that_is_wanted(bench: Bench) -> None:
    saved = bench.outcomes[0]
    rehearsed: list[Outcome] = [
        Rehearsed(replace(saved.action, dry_run=True), saved.identifiers, lineage=saved.lineage)
    ]
    deploy_later(rehearsed, bench.shop)
    assert bench.ran == []
    deploy_later(rehearsed, replace(bench.shop, deploy_in_rehearsal=True))
    assert bench.ran == ["reload a.example"]
