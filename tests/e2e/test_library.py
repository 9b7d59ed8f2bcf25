"""The library in a program: the documented example runs, events come in order, nothing is printed."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from types import ModuleType

import pytest

from everseal import Failed, RevocationReason, Saved
from everseal.model import events
from everseal.model.names import CertificateName
from tests.e2e.library import Program
from tests.servers.built_in import BuiltIn

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "obtain.py"


@pytest.fixture
def program(tmp_path: Path, ca: BuiltIn) -> Program:
    return Program(tmp_path / "home", ca)


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("obtain", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_obtains_once_and_leaves_what_is_fresh(
    example: ModuleType, ca: BuiltIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {
        "ca_bundle": str(ca.ca_bundle),
        "http01_port": ca.http_port,
        "work_dir": str(tmp_path / "work"),
        "logs_dir": str(tmp_path / "logs"),
    }
    names = ["one.test", "www.one.test"]
    report = example.obtain(ca.directory_url, str(tmp_path / "config"), names, **options)
    shown = capsys.readouterr().out
    assert [line.partition(":")[0] for line in shown.splitlines()] == [
        "one.test",
        "in place",
        "issued",
        "saved",
    ]
    assert len(report.saved) == 1
    assert (tmp_path / "config/live/one.test/fullchain.pem").is_file()

    again = example.obtain(ca.directory_url, str(tmp_path / "config"), names, **options)
    assert again.saved == ()
    assert capsys.readouterr().out == ""


def test_the_example_says_what_is_wrong(
    example: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert example.main(["https://127.0.0.1:1/directory"]) == 2
    assert "python obtain.py" in capsys.readouterr().err
    assert example.main(["http://127.0.0.1:1/directory", str(tmp_path / "config"), "one.test"]) == 1
    assert "http://127.0.0.1:1/directory" in capsys.readouterr().err


def test_events_tell_the_story_in_order(
    program: Program, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="everseal"):
        program.obtain("one.test", "two.test")
    story = [type(event) for event in program.events if not isinstance(event, events.Exchanged)]
    told = [each for each in story if each in ORDER]
    assert told == ORDER
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


ORDER = [
    events.LineageStarted,
    events.AccountRegistered,
    events.OrderPlaced,
    events.ChallengesPresented,
    events.ChallengesCleaned,
    events.CertificateIssued,
    events.VersionSaved,
]


def test_a_life_by_the_library(program: Program, ca: BuiltIn) -> None:
    report = program.obtain("one.test")
    assert [type(each) for each in report.outcomes] == [Saved]
    (status,) = program.manager().status().kept
    assert not status.is_due
    assert status.renew_at is not None

    manager = program.manager(renew_by_default=True)
    plan = manager.plan_renewals()
    assert manager.apply(plan).saved[0].lineage.live == 2
    lineage = manager.lineage(CertificateName("one.test"))
    assert lineage.versions == (1, 2)

    pem = Path(lineage.cert_path).read_bytes()
    manager.revoke(manager.plan_revocation(lineage.cert_path, pem, RevocationReason.SUPERSEDED))
    assert ca.server.ledger.certificates()[-1].revoked is not None
    manager.delete(manager.plan_deletion([lineage.name]))
    assert list(manager.lineages()) == []


def test_a_failure_is_an_outcome_with_its_remedy(program: Program, tmp_path: Path) -> None:
    manager, plan = program.plan("one.test", authenticator="webroot", webroot_path=(str(tmp_path),))
    (outcome,) = manager.apply(plan).outcomes
    assert isinstance(outcome, Failed)
    assert "one.test: connection: " in outcome.error.message
    assert outcome.error.remedy
    assert any(isinstance(event, events.LineageFailed) for event in program.events)
