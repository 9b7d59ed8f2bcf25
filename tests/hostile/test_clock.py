"""Clocks that are wrong, CAs that say odd things about time, and a CA that is away for days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from everseal import Failed, RunReport, Saved
from everseal.engine.clocks import ClockWrong
from everseal.localca import faults as menu
from everseal.localca.faults import EditJson, Rule
from everseal.model.names import CertificateName
from everseal.planning.plan import Leave
from everseal.planning.reasons import NotYet
from everseal.system.http import HttpFailure
from tests.hostile.years import Machine, TravelClock, found_ca
from tests.servers.ports import Ports

NAME = "one.test"
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture
def bare(tmp_path: Path, ports: Ports) -> Iterator[Machine]:
    """Without any certificate."""
    http_port = ports.reserve()
    clock = TravelClock()
    with found_ca(tmp_path / "ca", http_port, clock) as server:
        yield Machine(tmp_path, server, http_port, clock)


@pytest.fixture
def machine(bare: Machine) -> Machine:
    """With a certificate of seven days that the CA has just issued."""
    bare.obtain(NAME)
    return bare


@pytest.fixture
def own_clock(machine: Machine) -> TravelClock:
    """From now on the machine's clock is another one than the CA's."""
    machine.clock = TravelClock()
    return machine.clock


def live(machine: Machine) -> int:
    return machine.manager().lineage(CertificateName(NAME)).live


def error_of(report: RunReport) -> Exception:
    (outcome,) = report.outcomes
    assert isinstance(outcome, Failed)
    return outcome.error


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, timedelta(hours=20)], ids=str)
def test_a_clock_that_is_an_hour_off_renews(
    machine: Machine, own_clock: TravelClock, wrong: timedelta
) -> None:
    own_clock.wrong = wrong
    report = machine.renew(renew_by_default=True)
    assert len(report.saved) == 1
    assert [text for text in machine.warnings if "this machine's clock" in text] == machine.warnings
    assert bool(machine.warnings) == (wrong > HOUR)


@pytest.mark.parametrize("wrong", [YEAR, -YEAR, -2 * HOUR, 2 * DAY], ids=str)
def test_a_clock_that_is_far_off_orders_nothing(
    machine: Machine, own_clock: TravelClock, wrong: timedelta
) -> None:
    """By the clock alone the certificate would be long expired, or yet to come; the CA's Date counts too."""
    own_clock.wrong = wrong
    before = machine.requests["newOrder"]
    error = error_of(machine.renew(renew_by_default=True))
    assert isinstance(error, ClockWrong)
    assert str(error).startswith("it is 202")
    assert machine.requests["newOrder"] == before
    assert live(machine) == 1
    own_clock.wrong = timedelta(0)
    assert machine.renew().saved == ()
    assert len(machine.renew(renew_by_default=True).saved) == 1


def test_what_a_wrong_clock_noted_holds_nothing_up(machine: Machine, own_clock: TravelClock) -> None:
    """A failure noted in a year to come is no reason to wait until then, once the clock is right."""
    own_clock.wrong = YEAR
    machine.server.faults.add(Rule("*", menu.Reset(), times=None))
    assert isinstance(error_of(machine.renew()), HttpFailure)
    (status,) = machine.manager().status().kept
    assert "not tried again before 2028" in status.reason.sentence
    machine.server.faults.clear()
    own_clock.wrong = timedelta(0)
    own_clock.advance(4 * DAY)
    (status,) = machine.manager().status().kept
    assert status.is_due


def test_a_jump_back_in_the_middle(machine: Machine, own_clock: TravelClock) -> None:
    """Deadlines go by the monotonic clock."""

    def jump(members: dict[str, object]) -> dict[str, object]:
        own_clock.wrong = -50 * timedelta(minutes=1)
        return members

    machine.server.faults.add(Rule("authorization", EditJson(jump)))
    assert len(machine.renew(renew_by_default=True).saved) == 1


def test_a_beginning_up_to_an_hour_ahead_is_borne_with(machine: Machine) -> None:
    soon = menu.Validity(begins=timedelta(minutes=40), lives=7 * DAY)
    machine.server.faults.add(Rule("issue", soon))
    assert len(machine.renew(renew_by_default=True).saved) == 1
    assert any("is valid from 2027-03-01 12:40" in text for text in machine.warnings)


def test_a_life_of_minutes_is_pointed_out(machine: Machine) -> None:
    machine.server.faults.add(Rule("issue", menu.Validity(lives=timedelta(minutes=6))))
    assert len(machine.renew(renew_by_default=True).saved) == 1
    (warning,) = machine.warnings
    assert "lives only 6 minutes, until 2027-03-01 12:06:00 UTC" in warning
    assert "has to run every 18 seconds" in warning
    machine.server.faults.add(Rule("issue", menu.Validity(lives=timedelta(minutes=6))))
    assert len(machine.renew(renew_by_default=True).saved) == 1
    assert machine.warnings == []


def window(start: str, end: str) -> EditJson:
    return EditJson(lambda members: {**members, "suggestedWindow": {"start": start, "end": end}})


ODD_ANSWERS = [
    menu.Refuse("serverInternal", "out of order", 500),
    menu.unavailable(),
    menu.Reset(),
    menu.Instead(200, b"<html>"),
    menu.Endless(),
    window("2027-03-05T00:00:00Z", "2027-03-04T00:00:00Z"),
    window("9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z"),
    window("yesterday", "tomorrow"),
    EditJson(lambda members: {}),
    EditJson(lambda members: {"suggestedWindow": [None]}),
]


@pytest.mark.parametrize("fault", ODD_ANSWERS, ids=lambda fault: type(fault).__name__)
def test_odd_renewal_information_changes_nothing(bare: Machine, fault: menu.Fault) -> None:
    """The lifetime decides then, and the CA is asked again later, not at once."""
    bare.server.faults.add(Rule("renewalInfo", fault, times=None))
    bare.obtain(NAME)
    bare.clock.advance(DAY)
    for _ in range(3):
        (outcome,) = bare.renew().outcomes
        assert isinstance(outcome.action, Leave)
        assert isinstance(outcome.action.reason, NotYet)
        assert outcome.action.reason.rule == "lifetime"
    assert bare.requests["renewalInfo"] == 2
    bare.clock.advance(timedelta(days=2.6))
    assert len(bare.renew().saved) == 1


def test_a_window_that_is_past_renews_once_and_not_for_ever(machine: Machine) -> None:
    """As after a mass revocation (RFC 9773 section 4.2); a CA that says it of each new one is not obeyed."""
    past = window("2027-02-01T00:00:00Z", "2027-02-02T00:00:00Z")
    machine.server.faults.add(Rule("renewalInfo", past, times=None))
    machine.clock.advance(DAY / 2)
    assert isinstance(machine.renew().outcomes[0], Saved)
    for _ in range(4):
        machine.clock.advance(timedelta(hours=3))
        assert machine.renew().saved == ()


@pytest.mark.parametrize("pause", [HOUR, 12 * HOUR], ids=["every hour", "twice a day"])
def test_a_ca_that_is_away_for_three_days(machine: Machine, pause: timedelta) -> None:
    """R11: at most sixty requests for a name in 48 hours, however often a timer starts a run."""
    machine.clock.advance(4 * DAY)
    machine.server.stop()
    machine.requests.clear()
    within = []
    for _ in range(0, 72, pause // HOUR):
        machine.renew()
        within.append(machine.requests.total())
        machine.clock.advance(pause)
    assert within[0] > 0
    assert within[48 * HOUR // pause - 1] <= 60
    assert within[-1] <= 90
    assert live(machine) == 1
