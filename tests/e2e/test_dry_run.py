"""A rehearsal is a whole issuance that keeps nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from everseal import Rehearsed
from everseal.model.events import AuthorizationReused, ChallengesPresented, Exchanged, OrderPlaced
from tests.conftest import StartPebble
from tests.e2e.home import Home, photograph
from tests.e2e.library import Program
from tests.servers.built_in import BuiltIn, CaMaker
from tests.servers.pebble import Generation, PebbleSettings

NAME = "one.test"
KEPT = ("live", "archive", "renewal")


def kept(home: Home) -> dict[str, dict[str, tuple[int, bytes]]]:
    return {place: photograph(home.config / place) for place in KEPT}


def test_of_a_first_certificate(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    terms = ("--agree-tos", "--register-unsafely-without-email")
    hook = ("--deploy-hook", f"echo deployed >> {tmp_path}/hooks")
    out = home.succeed("certonly", "--dry-run", "--standalone", *terms, *hook, "-d", NAME)
    assert "Simulating a certificate request for one.test" in out
    assert "The dry run was successful." in out
    assert len(ca.server.ledger.certificates()) == 1
    assert kept(home) == {place: {} for place in KEPT}
    assert home.journals() == []
    assert not (tmp_path / "hooks").exists()


def test_of_a_renewal(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    notes = tmp_path / "hooks"
    home.obtain(NAME, solving=("--standalone", "--deploy-hook", f"echo deployed >> {notes}"))
    before = kept(home)
    notes.unlink()
    out = home.succeed("renew", "--dry-run")
    assert "Simulating renewal of an existing certificate for one.test" in out
    assert "Congratulations, all simulated renewals succeeded" in out
    assert kept(home) == before
    assert home.journals() == []
    assert not notes.exists()
    assert len(ca.server.ledger.certificates()) == 2

    home.succeed("renew", "--dry-run", "--run-deploy-hooks")
    assert notes.read_text() == "deployed\n"
    assert kept(home) == before


@pytest.mark.parametrize("remembered", ["all", "some"])
def test_earlier_proofs_are_given_up(make_ca: CaMaker, tmp_path: Path, remembered: str) -> None:
    ca = make_ca(reuse_authorizations=True)
    program = Program(tmp_path / "home", ca)
    names = [NAME] if remembered == "some" else [NAME, "two.test"]
    program.obtain(*names)
    program.forget()
    manager, plan = program.plan(NAME, "two.test", dry_run=True, certname="rehearsal")
    (outcome,) = manager.apply(plan).outcomes
    assert isinstance(outcome, Rehearsed)
    events = program.events
    assert len([event for event in events if isinstance(event, OrderPlaced)]) == 2
    assert not any(isinstance(event, AuthorizationReused) for event in events)
    (presented,) = [event for event in events if isinstance(event, ChallengesPresented)]
    assert [each.value for each in presented.identifiers] == [NAME, "two.test"]
    if remembered == "all":
        planned = [request.resource for request in plan.issues[0].requests]
        asked = [each.resource for each in events if isinstance(each, Exchanged) and not each.retry]
        assert [each for each in asked if each != "order"] == [each for each in planned if each != "order"]


@pytest.mark.parametrize("generation", ["old", "new"])
def test_pebble_s_proofs_are_given_up(
    start_pebble: StartPebble, tmp_path: Path, generation: Generation
) -> None:
    pebble = start_pebble(generation, PebbleSettings(reused_authorizations_percent=100))
    program = Program(tmp_path / "home", pebble)
    program.obtain("one.example")
    program.forget()
    manager, plan = program.plan("one.example", dry_run=True, certname="rehearsal")
    (outcome,) = manager.apply(plan).outcomes
    assert isinstance(outcome, Rehearsed)
    assert not any(isinstance(event, AuthorizationReused) for event in program.events)
    resources = [event.resource for event in program.events if isinstance(event, Exchanged)]
    assert resources.count("newOrder") >= 2


def test_it_leaves_an_interrupted_order_to_the_next_real_run(home: Home, ca: BuiltIn) -> None:
    home.obtain(NAME)
    journal = home.config / ".everseal" / "pending" / f"{NAME}.json"
    journal.write_text("{}")  # whatever it says, a rehearsal neither reads nor removes it
    home.run("renew", "--dry-run")
    assert journal.read_text() == "{}"
