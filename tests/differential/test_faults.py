"""A fault planted in Everseal is a difference that the comparison reports, and reports where it is."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.differential import faults
from tests.differential.comparison import Difference, differences
from tests.differential.programs import Program, Started
from tests.differential.scenario import Change, Run, Scenario
from tests.differential.twins import Stage, Story

_LIVE = "config/live/a.example"
_CONF = "config/renewal/a.example.conf"


def _plant_foreign_key_and_hooks(here: Path) -> None:
    conf = here / "config/renewal/one.example.conf"
    conf.write_text(f"foreign = kept\n{conf.read_text('utf-8')}", "utf-8")
    for name in ("first", "second"):
        script = here / "config/renewal-hooks/pre" / name
        script.write_text(f"#!/bin/sh\nexec {here}/bin/record {name}\n", "utf-8")
        script.chmod(0o755)


FIRST = Scenario(
    "fault-first",
    (
        Run(
            "certonly {acme} -n --webroot -w {www} -d a.example --must-staple --deploy-hook '{record}"
            " deploy'",
            served=True,
        ),
    ),
)
AGAIN = Scenario(
    "fault-again",
    (
        Change("there are hooks in a directory, and a foreign key", _plant_foreign_key_and_hooks),
        Run("renew {acme} --force-renewal -q"),
    ),
    start="one",
)
ACCOUNT = Scenario(
    "fault-account",
    (Run("register {acme} -n --agree-tos --register-unsafely-without-email"),),
    start="empty",
)
USAGE = Scenario("fault-usage", (Run("certificates --no-such-option", status=2),), start="empty")

CAUGHT = {
    "key-readable": (FIRST, "config/archive/a.example/privkey1.pem", "mode"),
    "absolute-links": (FIRST, f"{_LIVE}/privkey.pem", "target"),
    "no-readme": (FIRST, f"{_LIVE}/README", "kind"),
    "foreign-key-lost": (AGAIN, "config/renewal/one.example.conf", "foreign"),
    "no-trailing-comma": (FIRST, _CONF, "[renewalparams] webroot_path"),
    "hook-under-its-new-name": (FIRST, _CONF, "[renewalparams] renew_hook"),
    "account-of-somebody-else": (FIRST, _CONF, "[renewalparams] account"),
    "account-id-of-something-else": (
        ACCOUNT,
        "config/accounts/127.0.0.1:{acme port}/dir/<account 1>/private_key.json",
        "names its directory",
    ),
    "success-always": (USAGE, "step 1", "status"),
    "hook-without-names": (FIRST, "step 1", "hook 1 deploy RENEWED_DOMAINS"),
    "hooks-backwards": (AGAIN, "step 2", "hook 1"),
    "words-changed": (
        FIRST,
        "step 1",
        "stdout: Certificate is saved at: {here}/config/live/a.example/fullchain.pem",
    ),
    "no-stapling": (FIRST, "config/archive/a.example/cert1.pem", "must staple"),
}


@dataclass(slots=True)
class Told:
    """Stories that several faults are held against, each told once."""

    stage: Stage
    certbot: dict[str, Story] = field(default_factory=dict)
    sound: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def by_certbot(self, scenario: Scenario) -> Story:
        if scenario.name not in self.certbot:
            self.certbot[scenario.name] = self.stage.play(scenario, self.stage.certbot)
        return self.certbot[scenario.name]

    def shown(self, scenario: Scenario, program: Program) -> set[tuple[str, str]]:
        """Path and field of every difference."""
        certbot = self.by_certbot(scenario)
        found: list[Difference] = differences(certbot.facts, self.stage.play(scenario, program).facts)
        return {(one.path, one.field) for one in found}

    def without_fault(self, scenario: Scenario) -> set[tuple[str, str]]:
        if scenario.name not in self.sound:
            self.sound[scenario.name] = self.shown(scenario, self.stage.everseal)
        return self.sound[scenario.name]


@pytest.fixture(scope="module")
def told(stage: Stage) -> Told:
    return Told(stage)


@pytest.mark.parametrize("fault", CAUGHT)
def test_planted_fault_is_caught(fault: str, told: Told) -> None:
    scenario, path, name = CAUGHT[fault]
    faulty = Started((sys.executable, faults.__file__, fault))
    assert (path, name) in told.shown(scenario, faulty)
    assert (path, name) not in told.without_fault(scenario)


def test_every_fault_is_held_against_a_scenario() -> None:
    assert faults.FAULTS.keys() == CAUGHT.keys()
