from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from everseal.engine.mending import mend, mended
from everseal.engine.run import carry_out
from everseal.engine.tools import Workshop
from everseal.model.events import Event, Mended, Warned
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName, DnsName
from everseal.model.pending import OwedHook
from everseal.planning.plan import Plan
from everseal.ports import Store
from everseal.store.certbot_dir.store import CertbotStore
from everseal.store.memory import MemoryStore
from everseal.system.process import Completed
from tests.engine.idle import idle_workshop
from tests.store.minting import NOW, StillClock, mint

NAME = CertificateName("example.org")
NAMES = (DnsName("example.org"),)
DEPLOY = OwedHook("deploy", "reload", NAME, NAMES)
POST = OwedHook("post", "start")


class MovingClock(StillClock):
    def go_on(self, span: timedelta) -> None:
        self._now: datetime = self._now + span


@dataclass
class Bench:
    """A store, hooks that do nothing but are noted, and every event."""

    store: Store
    clock: MovingClock
    ran: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    status: int = 0
    during: Callable[[], None] = lambda: None

    def run(self, command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
        self.ran.append((command, env))
        self.during()
        return Completed(self.status, "", "")

    @property
    def shop(self) -> Workshop:
        return idle_workshop(self.store, self.run, self.events.append, clock=self.clock)

    def mend(self) -> list[str]:
        """The commands run by it."""
        before = len(self.ran)
        with self.store.run_lock():
            mend(self.shop)
        return [command for command, _ in self.ran[before:]]

    @property
    def told(self) -> list[str]:
        return [event.what for event in self.events if isinstance(event, Mended)]


@pytest.fixture(params=["directory", "memory"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    clock = MovingClock()
    made: Store = MemoryStore(clock=clock)
    if request.param == "directory":
        made = CertbotStore(str(tmp_path / "le"), clock=clock)
    with made.run_lock(), made.lock(NAME, wait=0):
        made.commit(NAME, mint("example.org").version(), parameters={}, sections={}, new=True)
    return Bench(made, clock)


def test_with_nothing_on_record_nothing_is_done(bench: Bench) -> None:
    assert bench.mend() == []
    assert bench.events == []


def test_an_interrupted_deploy_hook_is_run_and_settled(bench: Bench) -> None:
    bench.store.owe_hook(DEPLOY)
    assert bench.mend() == ["reload"]
    environment = bench.ran[0][1]
    assert environment["RENEWED_DOMAINS"] == "example.org"
    assert environment["RENEWED_LINEAGE"] == bench.store.load(NAME).live_dir
    assert list(bench.store.owed_hooks()) == []
    assert bench.told == ["the deploy hook 'reload' is still owed and is run now"]
    assert bench.mend() == []


def test_a_post_hook_of_a_run_that_ended_is_run(bench: Bench) -> None:
    bench.store.owe_hook(POST)
    assert bench.mend() == ["start"]
    assert list(bench.store.owed_hooks()) == []


def test_a_post_hook_of_a_run_that_lives_is_left_to_it(bench: Bench) -> None:
    bench.store.owe_hook(POST)
    with bench.store.hooks_lock(alone=False, wait=0):
        assert bench.mend() == []
    assert list(bench.store.owed_hooks()) == [POST]
    assert bench.events == []


def test_a_deploy_hook_of_a_lineage_at_work_is_left_to_it(bench: Bench) -> None:
    bench.store.owe_hook(DEPLOY)
    with bench.store.lock(NAME, wait=0):
        assert bench.mend() == []
    assert bench.mend() == ["reload"]


def test_a_failing_hook_is_tried_a_few_times_with_longer_and_longer_pauses(bench: Bench) -> None:
    bench.store.owe_hook(DEPLOY)
    bench.status = 1
    tried = [NOW for _ in bench.mend()]
    for _ in range(72):
        bench.clock.go_on(timedelta(minutes=30))
        tried += [bench.clock.now() for _ in bench.mend()]
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert pauses == [timedelta(hours=hours) for hours in (0.5, 1, 6, 24)]
    (left,) = bench.store.owed_hooks()
    assert left.attempts == 5


def test_a_hook_that_ends_the_run_each_time_is_not_tried_at_every_start(bench: Bench) -> None:
    def end() -> None:
        raise KeyboardInterrupt

    bench.store.owe_hook(DEPLOY)
    bench.during = end
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            bench.mend()
        assert bench.mend() == []
        bench.clock.go_on(timedelta(hours=1))


def test_a_hook_of_a_lineage_that_is_gone_is_forgotten(bench: Bench) -> None:
    gone = CertificateName("gone.example")
    bench.store.owe_hook(replace(DEPLOY, name=gone))
    assert bench.mend() == []
    assert list(bench.store.owed_hooks()) == []


def test_a_run_begins_with_mending(bench: Bench) -> None:
    bench.store.owe_hook(DEPLOY)
    assert carry_out(Plan((), NOW), bench.shop).outcomes == ()
    assert [command for command, _ in bench.ran] == ["reload"]


@pytest.fixture
def directory(tmp_path: Path) -> CertbotStore:
    store = CertbotStore(str(tmp_path / "le"), clock=MovingClock())
    with store.run_lock(), store.lock(NAME, wait=0):
        store.commit(NAME, mint("example.org").version(), parameters={}, sections={}, new=True)
    return store


def test_a_journal_that_cannot_be_read_is_told_and_stops_nothing(
    directory: CertbotStore, tmp_path: Path
) -> None:
    changes = tmp_path / "le" / ".everseal" / "changes"
    changes.mkdir(exist_ok=True)
    (changes / "example.org.json").write_text("not ours")
    directory.owe_hook(POST)
    bench = Bench(directory, MovingClock())
    assert bench.mend() == ["start"]
    (warned,) = [event.message for event in bench.events if isinstance(event, Warned)]
    assert "example.org.json cannot be understood" in warned


def test_links_that_are_broken_are_mended_at_the_second_look(directory: CertbotStore) -> None:
    link = Path(directory.load(NAME).privkey_path)
    link.unlink()
    (damaged,) = directory.load_all()
    assert isinstance(damaged, Damaged)
    events: list[Event] = []
    found = mended(damaged, directory, events.append)
    assert isinstance(found, Lineage)
    assert events == [Mended("the live links name version 1 now", NAME)]
    assert link.exists()


def test_what_cannot_be_mended_stays_damaged(directory: CertbotStore) -> None:
    conf = Path(directory.layout.conf(NAME))
    conf.write_text("[renewalparams]\n")
    (damaged,) = directory.load_all()
    assert isinstance(damaged, Damaged)
    assert mended(damaged, directory, lambda event: None) is damaged


@pytest.mark.parametrize("odd", [Path.mkdir, os.mkfifo, lambda conf: conf.symlink_to(conf.name)])
def test_an_odd_thing_in_the_place_of_a_renewal_file_stops_nothing(
    directory: CertbotStore, odd: Callable[[Path], object]
) -> None:
    conf = Path(directory.layout.conf(NAME))
    conf.unlink()
    odd(conf)
    (damaged,) = directory.load_all()
    assert isinstance(damaged, Damaged)
    assert mended(damaged, directory, lambda event: None) is damaged
