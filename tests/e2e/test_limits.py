"""The ledger of limits against a CA that has them, through weeks of a clock that is moved by hand."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from everseal.engine.outcome import Failed, Left, Saved
from everseal.engine.rests import CaAtRest
from everseal.localca.faults import Fault, Refuse, Rule, rate_limited, unavailable
from everseal.localca.profiles import usual_profiles
from everseal.model.lineage import Lineage
from everseal.planning.plan import Blocked, Leave, Plan
from everseal.planning.reasons import Limited
from everseal.planning.refusals import Paused, Refusal, WouldBeRefused
from tests.acme.identifiers import cert_id
from tests.e2e.limited import MakeWorld, World, limits, worlds
from tests.servers.ports import Ports

HOUR, DAY = 3600, 86400
NO_ROUTE = Refuse("connection", "no route to host")


@pytest.fixture
def make_world(tmp_path: Path, ports: Ports) -> Iterator[MakeWorld]:
    with worlds(tmp_path, ports) as make:
        yield make


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
def test_every_refusal_is_foreseen_and_no_other(make_world: MakeWorld, seed: int, with_certbot: bool) -> None:
    refused, issued = live_through(make_world, seed, with_certbot=with_certbot, steps=40)
    assert refused >= 4
    assert issued >= 10


def live_through(make_world: MakeWorld, seed: int, *, with_certbot: bool, steps: int) -> tuple[int, int]:
    """Weeks of orders, failures and renewals for two accounts, each foreseen: how many were refused and how
    many certificates issued.  Certbot's orders and failures are known to nobody, so only its certificates are
    limited."""
    chance = Random(f"limits {seed} {with_certbot}")
    orders = (1000, timedelta(hours=3)) if with_certbot else (4, timedelta(days=2))
    file = limits(new_orders=orders, **TIGHT).replace('"120 days"', '"10 days"')
    world = make_world(file, profiles=usual_profiles(timedelta(days=12)))
    accounts = world.accounts(2)
    refused = 0
    for _ in range(steps):
        world.pass_time(60 * chance.randrange(0, 7 * 60))
        names, account = chance.choice(SETS), chance.choice(accounts)
        what = chance.choice(["obtain", "obtain", "fail", "fail-once", "window", "certbot", "rest"])
        foreseen: Refusal | None = None
        was_refused = False
        if what in ("fail", "fail-once"):
            world.server.faults.add(Rule("validation", NO_ROUTE, times=None if what == "fail" else 1))
        if what == "certbot" and with_certbot:
            foreseen, was_refused = _as_certbot_would(world, names, account)
        elif what == "window" and world.lineages():
            foreseen, was_refused = _in_its_window(world, chance.choice(world.lineages()))
        elif what != "rest":
            foreseen, was_refused = world.order(*names, account=account)
        world.server.faults.clear()
        assert (foreseen is not None) == was_refused, (what, names, foreseen)
        if isinstance(foreseen, Paused) and foreseen.url is not None and chance.random() < 0.5:
            urllib.request.urlopen(foreseen.url).close()
            for name in names:
                world.manager().forget_limits(name)
        refused += was_refused
    return refused, len(world.server.ledger.certificates())


def _as_certbot_would(world: World, names: tuple[str, ...], account: str) -> tuple[Refusal | None, bool]:
    """A certificate that nobody notes."""
    kept = world.ledger.read_bytes() if world.ledger.exists() else None
    foreseen, refused = world.order(*names, account=account)
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
def test_nothing_is_asked_before_its_time_in_a_week_of_runs(make_world: MakeWorld, kind: str) -> None:
    world = make_world(limits(), profiles=usual_profiles(timedelta(days=20)))
    world.order("a.one.test")
    world.pass_time(14 * DAY)
    world.server.faults.add(Rule("newOrder", refusals(world.clock.now())[kind], times=1))
    first = world.renew()
    assert isinstance(first.outcomes[0], Failed)
    asked = world.orders()
    for run in range(1, 15):
        world.pass_time(DAY / 2)
        outcome = world.renew().outcomes[0]
        is_over = kind != "paused" and run >= 4
        assert world.orders() == asked + is_over, f"run {run}"
        assert isinstance(outcome, Saved) == (is_over and run == 4)
    if kind == "paused":
        assert isinstance(world.renew().outcomes[0], Failed)
        forgotten = world.manager().forget_limits("a.one.test")
        assert [each.subject for each in forgotten] == ["a.one.test"]
        assert isinstance(world.renew().outcomes[0], Saved)


def test_what_waits_and_what_fails(make_world: MakeWorld) -> None:
    """Due by the calendar it waits, if the certificate lives until then; else it is a failure."""
    tight = limits(certificates_per_set=(1, timedelta(days=3)))
    world = make_world(tight, profiles=usual_profiles(timedelta(days=4)))
    world.order("a.one.test")
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


def test_what_comes_too_late_is_a_failure(make_world: MakeWorld) -> None:
    """The certificate would have expired by then."""
    tight = limits(certificates_per_set=(1, timedelta(days=5)))
    world = make_world(tight, profiles=usual_profiles(timedelta(days=4)))
    world.order("a.one.test")
    world.pass_time(3 * DAY)
    asked = world.orders()
    report = world.renew()
    assert [type(each) for each in report.outcomes] == [Failed]
    assert world.orders() == asked


def test_others_go_on_when_one_account_has_had_enough(make_world: MakeWorld) -> None:
    world = make_world(limits())
    first, second = world.accounts(2)
    world.server.faults.add(Rule("newOrder", refusals(world.clock.now())["named"], times=1))
    assert world.order("a.one.test", account=first)[1]
    asked = world.orders()
    manager = world.manager(domains=("b.one.test",), account=first)
    plan = manager.plan_certificate()
    assert isinstance(plan, Plan)
    assert [type(each) for each in plan.actions] == [Blocked]
    assert world.orders() == asked
    assert world.order("b.one.test", account=second) == (None, False)


def test_a_run_that_meets_a_limit_asks_no_further(make_world: MakeWorld) -> None:
    """What the first order of a run is told holds for those behind it."""
    world = make_world(limits(), profiles=usual_profiles(timedelta(days=9)))
    for name in ("a.one.test", "b.two.test", "c.three.test"):
        world.order(name)
    world.pass_time(7 * DAY)
    world.server.faults.add(Rule("newOrder", unavailable(retry_after=str(DAY)), times=None))
    asked = world.orders()
    report = world.renew()
    assert [type(each) for each in report.outcomes] == [Failed] * 3
    assert world.orders() == asked + 1
    errors = [each.error for each in report.outcomes if isinstance(each, Failed)]
    assert [isinstance(each, CaAtRest | WouldBeRefused) for each in errors] == [False, True, True]


def test_an_order_whose_run_was_killed_is_counted_when_it_is_resumed(
    make_world: MakeWorld,
) -> None:
    world = make_world(limits(new_orders=(3, timedelta(hours=3))))
    world.server.faults.add(Rule("finalize", unavailable(retry_after=str(DAY)), times=None))
    world.order("a.one.test")
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
