"""The ledger of limits against a CA that has them, through weeks of a clock that is moved by hand."""

from __future__ import annotations

import os
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from everseal.acme.ari import cert_id
from everseal.engine.outcome import Failed, Left, RunReport, Saved
from everseal.engine.rests import CaAtRest
from everseal.localca.ca import LocalCa
from everseal.localca.faults import Fault, Refuse, Rule, rate_limited, unavailable
from everseal.localca.hosts import HostTable
from everseal.localca.profiles import usual_profiles
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.manager import Manager
from everseal.model.events import Event
from everseal.model.keys import EcdsaKind
from everseal.model.lineage import Lineage
from everseal.model.private_key import PrivateKey
from everseal.planning.plan import Blocked, Leave, Plan
from everseal.planning.reasons import Limited
from everseal.planning.refusals import Paused, Refusal, WouldBeRefused
from everseal.settings.values import Settings, Source
from everseal.system.clock import SystemRandom
from everseal.wiring.surroundings import AlwaysConsent, Surroundings
from tests.localca.test_quotas import FrozenClock
from tests.servers.ports import Ports

HOUR, DAY = 3600, 86400
NO_ROUTE = Refuse("connection", "no route to host")


def limits(**changes: tuple[int, timedelta]) -> str:
    """Let's Encrypt's file with other capacities and periods, as JSON."""
    import json
    from importlib import resources

    found = json.loads(resources.files("everseal").joinpath("data/limits/letsencrypt.json").read_text())
    for limit in found["limits"]:
        capacity, period = changes.get(limit["id"].replace("-", "_"), (None, None))
        if capacity is not None and period is not None:
            limit |= {"capacity": capacity, "period": f"{int(period.total_seconds() // 60)} minutes"}
    return json.dumps(found)


@dataclass
class World:
    """A CA with limits, one configuration directory, and a clock for both; files carry the clock's times."""

    folder: Path
    server: CaServer
    clock: FrozenClock
    http_port: int
    file: str
    events: list[Event] = field(default_factory=list)
    seen: dict[Path, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = self.config / "limits"
        own.mkdir(parents=True)
        url = "https://acme-v02.api.letsencrypt.org/directory"
        (own / "ca.json").write_text(self.file.replace(url, self.server.directory_url))

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def ledger(self) -> Path:
        return self.config / ".everseal" / "ledger-1.sqlite"

    def manager(self, **options: Any) -> Manager:
        """As a new run would have it."""
        usual = {
            "config_dir": str(self.config),
            "work_dir": str(self.folder / "work"),
            "logs_dir": str(self.folder / "logs"),
            "server": self.server.directory_url,
            "http01_port": self.http_port,
            "authenticator": "standalone",
            "allow_http": True,
        }
        settings = Settings.defaults().with_values({**usual, **options}, Source("command line"))
        around = Surroundings(
            clock=self.clock,
            random=SystemRandom(),
            host="here",
            emit=self.events.append,
            consent=AlwaysConsent(),
        )
        return Manager(settings, around)

    def accounts(self, count: int) -> list[str]:
        """The ids of as many accounts."""
        manager = self.manager()
        client = manager.house.clients.client(manager.house.settings)
        for _ in range(count):
            key = PrivateKey.generate(EcdsaKind())
            url = client.register(key, terms_agreed=True).url
            manager.house.accounts.save(
                self.server.directory_url, key, url, created=self.clock.now(), host="here"
            )
        return list(manager.house.accounts.ids(self.server.directory_url))

    def obtain(self, *names: str, **options: Any) -> tuple[Refusal | None, bool]:
        """Order, whatever is foreseen: what was foreseen, and whether the CA refused."""
        return self.carry_out(
            lambda manager: manager.plan_certificate(),
            domains=names,
            certname="+".join(sorted(names)),
            renew_by_default=True,
            **options,
        )

    def carry_out(self, make: Callable[[Manager], object], **options: Any) -> tuple[Refusal | None, bool]:
        manager = self.manager(despite_limits=True, **options)
        plan = make(manager)
        assert isinstance(plan, Plan)
        if not plan.issues:
            return None, False
        before = len(self.server.transcript())
        manager.apply(plan)
        self.date_files()
        asked = [each.status for each in self.server.transcript()[before:] if each.resource == "newOrder"]
        return plan.issues[0].forecast.refusal, bool(asked) and asked[-1] == 429

    def renew(self, **options: Any) -> RunReport:
        """A run of the timer."""
        manager = self.manager(**options)
        report = manager.apply(manager.plan_renewals(remember_advice=True), jobs=1)
        self.date_files()
        return report

    def orders(self) -> int:
        return sum(each.resource == "newOrder" for each in self.server.transcript())

    def pass_time(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def date_files(self) -> None:
        """What was written since the last time was written now."""
        now = self.clock.now().timestamp()
        for path in (self.config / "archive").rglob("*"):
            fresh = path.is_dir() and any(each not in self.seen for each in path.iterdir())
            if path not in self.seen or fresh:
                self.seen[path] = now
            os.utime(path, (self.seen[path], self.seen[path]))

    def lineages(self) -> list[Lineage]:
        return [each for each in self.manager().lineages() if isinstance(each, Lineage)]


@pytest.fixture
def make_world(authority: Path, tmp_path: Path, ports: Ports) -> Iterator[Callable[..., World]]:
    started: list[World] = []

    def make(file: str, **members: Any) -> World:
        folder = tmp_path / f"world{len(started)}"
        shutil.copytree(authority, folder / "ca")
        clock = FrozenClock()
        http_port = ports.reserve()
        settings = CaSettings(
            http_port=http_port,
            hosts=HostTable.parse(["*.test=127.0.0.1"]),
            retry_after=None,
            plain_http=True,
            at_once=True,
        )
        from everseal.planning.ca_limits import read_ca_limits

        known = read_ca_limits(file.encode(), path="test")
        settings = replace(settings, limits=known, **members)
        ca = LocalCa.open(str(folder / "ca"), clock=clock, random=SystemRandom())
        server = CaServer(ca, settings=settings)
        server.start()
        started.append(World(folder, server, clock, http_port, file))
        return started[-1]

    yield make
    for each in started:
        each.server.stop()


SETS = (
    ("a.one.test",),
    ("a.one.test", "b.one.test"),
    ("b.one.test", "a.two.test"),
    ("a.two.test",),
    ("c.two.test", "d.two.test", "e.two.test"),
    ("f.three.test",),
)
TIGHT = {
    "certificates_per_set": (2, timedelta(days=4)),
    "certificates_per_domain": (3, timedelta(days=3)),
    "failed_validations": (2, timedelta(hours=8)),
    "failures_in_a_row": (3, timedelta(days=6)),
}


@pytest.mark.parametrize(("seed", "with_certbot"), [(1, False), (2, True)])
def test_every_refusal_is_foreseen_and_no_other(
    make_world: Callable[..., World], seed: int, with_certbot: bool
) -> None:
    refused, issued = live_through(make_world, seed, with_certbot=with_certbot, steps=40)
    assert refused >= 4
    assert issued >= 10


def live_through(
    make_world: Callable[..., World], seed: int, *, with_certbot: bool, steps: int
) -> tuple[int, int]:
    """Weeks of orders, failures and renewals for two accounts, each foreseen: how many were refused and how
    many not.  Certbot's orders and failures are known to nobody, so only its certificates are limited."""
    chance = Random(f"limits {seed} {with_certbot}")
    orders = (1000, timedelta(hours=3)) if with_certbot else (4, timedelta(days=2))
    file = limits(new_orders=orders, **TIGHT).replace('"120 days"', '"10 days"')
    world = make_world(file, profiles=usual_profiles(timedelta(days=12)))
    accounts = world.accounts(2)
    refused, issued = 0, 0
    for _ in range(steps):
        world.pass_time(60 * chance.randrange(0, 7 * 60))
        names, account = chance.choice(SETS), chance.choice(accounts)
        what = chance.choice(["obtain", "obtain", "fail", "fail-once", "window", "certbot", "unpause"])
        foreseen: Refusal | None = None
        was_refused = False
        if what in ("fail", "fail-once"):
            world.server.faults.add(Rule("validation", NO_ROUTE, times=None if what == "fail" else 1))
        if what == "certbot" and with_certbot:
            foreseen, was_refused = _as_certbot_would(world, names, account)
        elif what == "window" and world.lineages():
            foreseen, was_refused = _in_its_window(world, chance.choice(world.lineages()))
        elif what != "unpause":
            foreseen, was_refused = world.obtain(*names, account=account)
        world.server.faults.clear()
        assert (foreseen is not None) == was_refused, (what, names, foreseen)
        if isinstance(foreseen, Paused) and foreseen.url is not None and chance.random() < 0.5:
            urllib.request.urlopen(foreseen.url).close()
            for name in names:
                world.manager().forget_limits(name)
        refused += was_refused
        issued += not was_refused
    return refused, issued


def _as_certbot_would(world: World, names: tuple[str, ...], account: str) -> tuple[Refusal | None, bool]:
    """A certificate that nobody notes."""
    kept = world.ledger.read_bytes() if world.ledger.exists() else None
    foreseen, refused = world.obtain(*names, account=account)
    if kept is not None and not refused:
        world.ledger.write_bytes(kept)
    return foreseen, refused


def _in_its_window(world: World, lineage: Lineage) -> tuple[Refusal | None, bool]:
    """The CA suggests to renew soon, and it is asked then."""
    world.pass_time(7 * HOUR)
    now = world.clock.now().timestamp()
    world.server.suggest_window(cert_id(lineage.certificate), now - 2 * HOUR, now + 60)
    return world.carry_out(
        lambda manager: manager.plan_renewals(remember_advice=True), certname=lineage.name.value
    )


def refusals(now: datetime) -> dict[str, Fault]:
    """What a CA says when it has had enough for two days, or until somebody acts."""
    wait = str(2 * DAY)
    orders = "too many new orders (300) from this account in the last 3h0m0s"
    text = f"slow down, retry after {now + timedelta(days=2):%Y-%m-%d %H:%M:%S} UTC"
    paused = "a.one.test is paused: see http://ca.test/unpause?jwt=1."
    return {
        "named": rate_limited(retry_after=wait, detail=orders),
        "unnamed": rate_limited(retry_after=wait, detail="slow down"),
        "in-the-text": rate_limited(retry_after=None, detail=text),
        "unavailable": unavailable(retry_after=wait),
        "paused": rate_limited(retry_after=None, detail=paused),
    }


@pytest.mark.parametrize("kind", refusals(datetime.now(UTC)))
def test_nothing_is_asked_before_its_time_in_a_week_of_runs(
    make_world: Callable[..., World], kind: str
) -> None:
    world = make_world(limits(), profiles=usual_profiles(timedelta(days=20)))
    world.obtain("a.one.test")
    world.pass_time(14 * DAY)
    world.server.faults.add(Rule("newOrder", refusals(world.clock.now())[kind], times=1))
    first = world.renew()
    assert isinstance(first.outcomes[0], Failed)
    asked = world.orders()
    for run in range(1, 15):
        world.pass_time(DAY / 2)
        outcome = world.renew().outcomes[0]
        quiet = kind == "paused" or run < 4
        if quiet:
            assert world.orders() == asked, f"run {run}"
            assert not isinstance(outcome, Saved)
        elif run == 4:
            assert isinstance(outcome, Saved)
    if kind == "paused":
        assert isinstance(world.renew().outcomes[0], Failed)
        forgotten = world.manager().forget_limits("a.one.test")
        assert [each.subject for each in forgotten] == ["a.one.test"]
        assert isinstance(world.renew().outcomes[0], Saved)


def test_what_waits_and_what_fails(make_world: Callable[..., World]) -> None:
    """Due by the calendar it waits, if the certificate lives until then; else it is a failure."""
    tight = limits(certificates_per_set=(1, timedelta(days=3)))
    world = make_world(tight, profiles=usual_profiles(timedelta(days=4)))
    world.obtain("a.one.test")
    lineage = world.lineages()[0]
    now = world.clock.now().timestamp()
    world.server.suggest_window(cert_id(lineage.certificate), now + 9 * DAY, now + 10 * DAY)
    world.pass_time(2.6 * DAY)
    waiting = world.manager().plan_renewals().actions[0]
    assert isinstance(waiting, Leave)
    assert isinstance(waiting.reason, Limited)
    assert waiting.renew_at == waiting.reason.until
    asked = world.orders()
    assert isinstance(world.renew().outcomes[0], Left)
    assert world.orders() == asked
    forced = world.manager(renew_by_default=True).plan_renewals()
    assert [type(each) for each in forced.actions] == [Blocked]
    error = forced.blocked[0].error
    assert isinstance(error, WouldBeRefused)
    assert error.retry_at is not None
    left = error.retry_at - world.clock.now()
    assert timedelta(days=0.4) - timedelta(seconds=2) < left <= timedelta(days=0.4)
    world.pass_time(0.4 * DAY)
    assert isinstance(world.renew().outcomes[0], Saved)


def test_what_comes_too_late_is_a_failure(make_world: Callable[..., World]) -> None:
    """The certificate would have expired by then."""
    tight = limits(certificates_per_set=(1, timedelta(days=5)))
    world = make_world(tight, profiles=usual_profiles(timedelta(days=4)))
    world.obtain("a.one.test")
    world.pass_time(3 * DAY)
    asked = world.orders()
    report = world.renew()
    assert [type(each) for each in report.outcomes] == [Failed]
    assert world.orders() == asked


def test_others_go_on_when_one_account_has_had_enough(make_world: Callable[..., World]) -> None:
    world = make_world(limits())
    first, second = world.accounts(2)
    world.server.faults.add(Rule("newOrder", refusals(world.clock.now())["named"], times=1))
    assert world.obtain("a.one.test", account=first)[1]
    asked = world.orders()
    manager = world.manager(domains=("b.one.test",), account=first)
    plan = manager.plan_certificate()
    assert isinstance(plan, Plan)
    assert [type(each) for each in plan.actions] == [Blocked]
    assert world.orders() == asked
    assert world.obtain("b.one.test", account=second) == (None, False)


def test_a_run_that_meets_a_limit_asks_no_further(make_world: Callable[..., World]) -> None:
    """What the first order of a run is told holds for those behind it."""
    world = make_world(limits(), profiles=usual_profiles(timedelta(days=9)))
    for name in ("a.one.test", "b.two.test", "c.three.test"):
        world.obtain(name)
    world.pass_time(7 * DAY)
    world.server.faults.add(Rule("newOrder", unavailable(retry_after=str(DAY)), times=None))
    asked = world.orders()
    report = world.renew()
    assert [type(each) for each in report.outcomes] == [Failed] * 3
    assert world.orders() == asked + 1
    errors = [each.error for each in report.outcomes if isinstance(each, Failed)]
    assert [isinstance(each, CaAtRest | WouldBeRefused) for each in errors] == [False, True, True]


def test_an_order_whose_run_was_killed_is_counted_when_it_is_resumed(
    make_world: Callable[..., World],
) -> None:
    world = make_world(limits(new_orders=(3, timedelta(hours=3))))
    world.server.faults.add(Rule("finalize", unavailable(retry_after=str(DAY)), times=None))
    world.obtain("a.one.test")
    world.server.faults.clear()
    world.ledger.unlink()
    manager = world.manager(domains=("a.one.test",), certname="a.one.test", despite_limits=True)
    plan = manager.plan_certificate()
    assert isinstance(plan, Plan)
    asked = world.orders()
    report = manager.apply(plan)
    assert isinstance(report.outcomes[0], Saved)
    assert world.orders() == asked, "the same order is carried on"
    counted = {each.bucket.limit.id: each.used for each in world.manager().limits()[0].buckets}
    assert counted["new-orders"] == 1
    assert counted["certificates-per-set"] == 1
