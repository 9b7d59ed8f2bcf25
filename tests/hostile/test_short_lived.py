"""Certificates that live for minutes: renewed in time by runs as often as they imply, under their profile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from everseal.localca.faults import EditJson, JsonObject, Rule, Unlisted
from everseal.localca.profiles import Profile, usual_profiles
from everseal.localca.server import CaServer
from everseal.model.names import CertificateName
from everseal.planning.scheduling import step_for
from tests.hostile.years import Machine, TravelClock, found_ca
from tests.servers.ports import Ports

SIX_MINUTES = timedelta(minutes=6)
NAME = CertificateName("n0.test")


@pytest.fixture
def machine(tmp_path: Path, ports: Ports) -> Iterator[Machine]:
    clock, port = TravelClock(), ports.reserve()
    profiles = {**usual_profiles(), "minutes": Profile("six minutes", SIX_MINUTES)}
    with found_ca(tmp_path / "ca", port, clock, profiles=profiles) as server:
        yield Machine(tmp_path / "home", server, port, clock)


@pytest.mark.parametrize("advises", [True, False])
def test_a_certificate_of_six_minutes_never_expires(machine: Machine, advises: bool) -> None:
    if not advises:
        machine.server.faults.add(Rule("directory", Unlisted(frozenset({"renewalInfo"})), times=None))
    report = machine.obtain(NAME.value, preferred_profile="minutes")
    assert not report.failed
    facts = report.saved[0].lineage.certificate
    assert facts.lifetime <= SIX_MINUTES
    pause = step_for(facts.lifetime)
    assert pause == timedelta(minutes=1)
    renewals = 0
    for _ in range(int(timedelta(minutes=24) / pause)):
        machine.clock.advance(pause)
        live = machine.manager().lineage(NAME).certificate
        assert machine.clock.now() < live.not_after
        renewals += len(machine.renew().saved)
        assert machine.manager().lineage(NAME).certificate.lifetime <= SIX_MINUTES
    # At about half of six minutes each.
    assert 5 <= renewals <= 10
    assert ("renewalInfo" in machine.requests) is advises


def withdrawn(members: JsonObject) -> JsonObject:
    profiles = {name: text for name, text in members["meta"]["profiles"].items() if name != "minutes"}
    return {**members, "meta": {**members["meta"], "profiles": profiles}}


def withdraw(server: CaServer) -> None:
    server.faults.add(Rule("directory", EditJson(withdrawn), times=None))


def test_a_preferred_profile_that_the_ca_withdraws(machine: Machine) -> None:
    machine.obtain(NAME.value, preferred_profile="minutes")
    withdraw(machine.server)
    machine.clock.advance(timedelta(days=2))
    report = machine.renew()
    assert report.saved[0].lineage.certificate.lifetime > SIX_MINUTES
    warning = next(each for each in machine.warnings if "profile" in each)
    assert warning.startswith(
        "n0.test: the CA offers no profile 'minutes', so its default is used; it offers"
    )
    assert "shortlived" in warning
    assert report.saved[0].lineage.parameters["preferred_profile"] == "minutes"


def test_a_required_profile_that_the_ca_withdraws(machine: Machine) -> None:
    machine.obtain(NAME.value, required_profile="minutes")
    withdraw(machine.server)
    machine.clock.advance(timedelta(days=2))
    (failed,) = machine.renew().failed
    assert str(failed.error).startswith(
        "the CA has no profile 'minutes': invalidProfile: it offers default, "
    )
    assert failed.error.remedy == "choose a profile that the CA offers, or none"
