"""What was planned is what is asked of the CA, request by request."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from everseal import Plan
from everseal.localca.faults import Pause, Rule
from everseal.model.events import AuthorizationReused, OrderPlaced
from tests.acme.identifiers import cert_id
from tests.conftest import StartPebble
from tests.e2e.library import Program, listed
from tests.servers.built_in import BuiltIn, CaMaker
from tests.servers.pebble import Generation, PebbleSettings

NAMES = [f"n{number}.test" for number in range(5)]


# Long enough that no CA is done with a certificate before it has answered that it makes one.
UNHURRIED = Rule("issue", Pause(0.1), times=None)


@pytest.fixture
def program(tmp_path: Path, ca: BuiltIn) -> Program:
    ca.server.faults.add(UNHURRIED)
    return Program(tmp_path / "home", ca)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_first_certificate(program: Program, count: int) -> None:
    manager, plan = program.plan(*NAMES[:count])
    assert program.events == []  # planning asks nothing
    manager.apply(plan)
    assert program.transcript == listed(plan.issues[0].requests)
    resources = [resource for _, resource in program.transcript]
    assert resources[:4] == ["directory", "newNonce", "newAccount", "newOrder"]
    assert resources.count("authorization") == resources.count("challenge") == count


def test_with_account_and_directory_known(program: Program) -> None:
    program.obtain("n0.test")
    program.forget()
    manager, plan = program.plan("n1.test", "n2.test")
    manager.apply(plan)
    assert program.transcript == listed(plan.issues[0].requests)
    assert [resource for _, resource in program.transcript][:2] == ["newNonce", "newOrder"]


def test_with_the_directory_forgotten(program: Program) -> None:
    program.obtain("n0.test")
    program.forget()
    for path in (program.folder / "config/.everseal/directories").iterdir():
        path.unlink()
    manager, plan = program.plan("n1.test")
    manager.apply(plan)
    assert program.transcript == listed(plan.issues[0].requests)
    assert [resource for _, resource in program.transcript][:3] == ["directory", "newNonce", "newOrder"]


def test_a_renewal_says_what_it_replaces(program: Program, ca: BuiltIn) -> None:
    report = program.obtain("n0.test", "n1.test")
    name = cert_id(report.saved[0].lineage.certificate)
    past = datetime.now(UTC) - timedelta(hours=2)
    ca.server.suggest_window(name, past.timestamp(), (past + timedelta(hours=1)).timestamp())
    program.forget()
    manager = program.manager()
    plan = manager.plan_renewals(remember_advice=True)
    assert program.transcript == []
    assert not plan.issues
    conf = program.folder / "config/renewal/n0.test.conf"
    text = conf.read_text("utf-8")
    assert "ari_ask_again" in text
    conf.write_text(
        re.sub("ari_ask_again = .*", f"ari_ask_again = {past.isoformat()}", text), encoding="utf-8"
    )
    plan = manager.plan_renewals(remember_advice=True)
    assert [resource for _, resource in program.transcript] == ["renewalInfo"]
    program.forget()
    manager.apply(plan)
    assert program.transcript == listed(plan.issues[0].requests)
    placed = [event for event in program.events if isinstance(event, OrderPlaced)]
    assert [event.replaces for event in placed] == [name]


def test_several_lineages_get_acquainted_once(program: Program) -> None:
    program.obtain("n0.test")
    program.obtain("n1.test")
    program.forget()
    manager = program.manager(renew_by_default=True)
    plan = manager.plan_renewals()
    manager.apply(plan, jobs=1)
    first, second = plan.issues
    advice = [("GET", "renewalInfo")] * 2
    issuances = [*listed(first.requests, "renewalInfo"), *listed(second.requests, "renewalInfo")]
    assert program.transcript == [*issuances, *advice]


@pytest.mark.parametrize("kept", [1, 2])
def test_what_the_ca_remembers_is_not_proved_again(make_ca: CaMaker, tmp_path: Path, kept: int) -> None:
    ca = make_ca(reuse_authorizations=True)
    ca.server.faults.add(UNHURRIED)
    program = Program(tmp_path / "home", ca)
    program.obtain(*NAMES[:kept])
    program.forget()
    manager, plan = program.plan(*NAMES[:2], certname="another", duplicate=True)
    manager.apply(plan)
    all_kept = ["challenge"] * 2 + ["authorization"] * 2 + ["order"]
    needless = all_kept if kept == 2 else ["challenge"]
    assert program.transcript == listed(plan.issues[0].requests, *needless)
    reused = [event.identifier.value for event in program.events if isinstance(event, AuthorizationReused)]
    assert reused == ([] if kept == 2 else ["n0.test"])


@pytest.mark.parametrize("generation", ["old", "new"])
def test_an_unkind_ca_makes_for_retries_only(
    start_pebble: StartPebble, tmp_path: Path, generation: Generation
) -> None:
    settings = PebbleSettings(refused_nonces_percent=30, reused_authorizations_percent=0)
    program = Program(tmp_path / "home", start_pebble(generation, settings))
    manager, plan = program.plan("a.example", "b.example")
    report = manager.apply(plan)
    assert not report.failed, report.failed[0].error
    needless = ["renewalInfo"] if generation == "old" else []
    assert program.transcript == listed(plan.issues[0].requests, *needless)


def test_nothing_due_asks_nothing_but_advice(program: Program) -> None:
    program.obtain("n0.test")
    program.forget()
    plan = program.manager().plan_renewals()
    assert isinstance(plan, Plan)
    assert plan.issues == ()
    assert program.transcript == []  # asked right after issuance
    conf = program.folder / "config/renewal/n0.test.conf"
    lines = conf.read_text("utf-8").splitlines(keepends=True)
    conf.write_text("".join(line for line in lines if not line.startswith("ari_")), encoding="utf-8")
    assert program.manager().plan_renewals().issues == ()
    assert program.transcript == [("GET", "renewalInfo")]
