"""A second CA: asked when the first is down, limits or refuses; left again when the first is back."""

from __future__ import annotations

import json
import stat
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from everseal import Plan
from everseal.engine.outcome import RunReport
from everseal.localca.faults import Fault, Instead, Refuse, Reset, Rule, rate_limited, unavailable
from everseal.model.events import Exchanged, Warned
from everseal.model.lineage import Lineage
from everseal.planning.issuing_ca import IssuingCa, issuing_ca
from tests.e2e.home import Home, finished
from tests.e2e.library import Program
from tests.servers.built_in import BuiltIn, CaMaker
from tests.servers.ports import Ports
from tests.system.nameserver import TableNameServer

NAME = "n0.test"
# An answer that is none, and that nobody has to wait for.
DOWN = Instead(200, b"<html>maintenance</html>", (("Content-Type", "text/html"),))


class Zones(TableNameServer):
    """A name server for CAA records."""

    def forbid(self, name: str, *values: str) -> None:
        self.records[name, "CAA"] = [f"0 {value}" for value in values]


@dataclass(frozen=True, slots=True)
class Two:
    """The operator's two CAs, as one authority to trust, and a program that uses them in this order."""

    first: BuiltIn
    second: BuiltIn
    ca_bundle: Path
    zones: Zones
    folder: Path
    http_port: int
    tls_port: int

    @property
    def directory_url(self) -> str:
        return self.first.directory_url

    @property
    def words(self) -> list[str]:
        """How a command is told of the second CA."""
        return [
            f"--fallback-server={self.second.directory_url}",
            f"--caa-name-server=127.0.0.1:{self.zones.port}",
        ]

    def program(self, **options: Any) -> Program:
        usual = {
            "fallback_server": (self.second.directory_url,),
            "caa_server": (f"127.0.0.1:{self.zones.port}",),
        }
        return Program(self.folder / "home", self, options={**usual, **options})

    def trouble(self, fault: Fault, place: str = "newOrder") -> None:
        """With the first CA, for good."""
        self.first.server.faults.add(Rule(place, fault, times=None))


@pytest.fixture
def two(make_ca: CaMaker, ports: Ports, tmp_path: Path) -> Iterator[Two]:
    http_port, tls_port = ports.reserve(), ports.reserve()
    first = make_ca(http_port=http_port, tls_port=tls_port, caa_identities=("first.example",))
    second = make_ca(http_port=http_port, tls_port=tls_port, caa_identities=("second.example",))
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(first.ca_bundle.read_bytes() + second.ca_bundle.read_bytes())
    zones = Zones()
    with zones:
        yield Two(first, second, bundle, zones, tmp_path, http_port, tls_port)


def issuer(report: RunReport) -> str:
    (saved,) = report.saved
    ca = issuing_ca(saved.lineage)
    assert ca is not None
    return ca.server


def renewed(program: Program, **options: Any) -> RunReport:
    manager = program.manager(renew_by_default=True, **options)
    report = manager.apply(manager.plan_renewals(remember_advice=True))
    assert not report.failed, report.failed[0].error
    return report


def warnings(program: Program) -> list[str]:
    return [event.message for event in program.events if isinstance(event, Warned)]


def asked(program: Program, ca: BuiltIn) -> list[str]:
    base = ca.directory_url.rpartition("/")[0]
    return [
        event.resource
        for event in program.events
        if isinstance(event, Exchanged) and event.url.startswith(base) and not event.poll
    ]


def test_the_first_issues_while_it_can_and_the_second_gets_an_account_only(two: Two) -> None:
    program = two.program()
    assert issuer(program.obtain(NAME)) == two.first.directory_url
    assert asked(program, two.second) == ["directory", "newNonce", "newAccount"]
    program.forget()
    renewed(program)
    assert asked(program, two.second) == []


@pytest.mark.parametrize(
    "fault",
    [
        DOWN,
        Reset(),
        unavailable(retry_after="3600"),
        rate_limited(retry_after="86400"),
        Refuse("rejectedIdentifier", "not for such names", 403),
        Refuse("unauthorized", "the account is suspended", 403),
        Refuse("userActionRequired", "the terms have changed", 403),
    ],
)
def test_the_second_issues_when_the_first_does_not_and_the_first_again_when_it_is_back(
    two: Two, fault: Fault
) -> None:
    program = two.program()
    program.obtain(NAME)
    two.trouble(fault)
    program.forget()
    report = renewed(program)
    assert issuer(report) == two.second.directory_url
    (warning,) = warnings(program)
    assert warning.startswith(f"{NAME}: {two.first.directory_url} ")
    assert f"so {two.second.directory_url} is asked: " in warning
    assert report.saved[0].lineage.parameters["server"] == two.first.directory_url
    two.first.server.faults.clear()
    program.forget()
    # What the CA said of limits is remembered; this is about what happens once they are over.
    assert issuer(renewed(program, despite_limits=True)) == two.first.directory_url
    assert "newOrder" not in asked(program, two.second)


def test_a_limit_that_is_foreseen(two: Two) -> None:
    program = two.program()
    program.obtain(NAME)
    two.trouble(rate_limited(retry_after="86400"))
    renewed(program)
    program.forget()
    assert issuer(renewed(program)) == two.second.directory_url
    assert "newOrder" not in asked(program, two.first)
    (warning,) = warnings(program)
    assert "has had enough for now" in warning


def test_a_first_that_is_gone(two: Two) -> None:
    program = two.program()
    program.obtain(NAME, "n1.test")
    program.obtain("n2.test")
    two.first.server.stop()
    program.forget()
    manager = program.manager(renew_by_default=True)
    report = manager.apply(manager.plan_renewals(), jobs=1)
    assert {ca.server for ca in map(issuing_ca, (each.lineage for each in report.saved)) if ca} == {
        two.second.directory_url
    }
    assert len(warnings(program)) == 2
    base = two.first.directory_url.rpartition("/")[0]
    knocks = [each for each in program.events if isinstance(each, Exchanged) and each.url.startswith(base)]
    # The first lineage finds out; the second, for which it is said just the same, relies on it.
    assert {str(each.name) for each in knocks} == {NAME}


def test_what_a_fallback_issued_is_its_own_in_everything(two: Two) -> None:
    program = two.program()
    program.obtain(NAME)
    two.trouble(DOWN)
    lineage = renewed(program).saved[0].lineage
    ca = issuing_ca(lineage)
    assert ca is not None
    assert ca.account is not None
    # Renewal information is asked of the CA that issued, and replaces is for it alone.
    assert "renewalInfo" in asked(program, two.second)
    (issue,) = program.manager(renew_by_default=True).plan_renewals().issues
    assert issue.options.replaces is None
    assert issue.fallbacks[0].options.replaces is not None
    # It is revoked there.
    home = Home(two.folder / "home", two)
    words = home.words("revoke", "--cert-name", NAME, "--no-delete-after-revoke")
    two.first.server.stop()  # so that it cannot be the one
    revoked = finished([each for each in words if not each.startswith("--server=")])
    assert revoked.status == 0, revoked.err


def test_a_certificate_that_certbot_has_replaced_is_the_first_ones(two: Two) -> None:
    program = two.program()
    program.obtain(NAME)
    two.trouble(DOWN)
    noted = renewed(program).saved[0].lineage
    two.first.server.faults.clear()
    plain = program.manager(fallback_server=(), renew_by_default=True)
    replaced: Lineage = plain.apply(plain.plan_renewals()).saved[0].lineage
    stale = {**replaced.sections, "everseal": noted.sections["everseal"]}
    assert issuing_ca(replace(replaced, sections=stale)) == IssuingCa(
        two.first.directory_url, str(replaced.parameters["account"])
    )


@pytest.mark.parametrize(
    ("policy", "fault"),
    [("limits,refusal", DOWN), ("down", rate_limited(retry_after="86400"))],
)
def test_the_policy_says_when(two: Two, policy: str, fault: Fault) -> None:
    program = two.program(fallback_on=policy)
    two.trouble(fault)
    manager, plan = program.plan(NAME)
    assert manager.apply(plan).failed
    assert asked(program, two.second) == []


def test_a_proof_that_the_ca_cannot_see_is_no_matter_of_the_ca(two: Two) -> None:
    program = two.program()
    manager, plan = program.plan("nobody.example.test", http01_port=two.tls_port)
    assert manager.apply(plan).failed
    assert asked(program, two.second) == []


def test_with_stay_the_second_goes_on(two: Two) -> None:
    program = two.program(fallback_stay=True)
    program.obtain(NAME)
    two.trouble(DOWN)
    renewed(program)
    two.first.server.faults.clear()
    program.forget()
    assert issuer(renewed(program)) == two.second.directory_url
    assert "newOrder" not in asked(program, two.first)
    two.second.server.faults.add(Rule("newOrder", DOWN, times=None))
    report = renewed(program)
    assert issuer(report) == two.first.directory_url
    assert report.saved[0].lineage.parameters["server"] == two.first.directory_url


def test_no_order_at_a_ca_that_caa_records_forbid(two: Two) -> None:
    two.zones.forbid("test", 'issue "second.example"')
    program = two.program()
    assert issuer(program.obtain(NAME)) == two.second.directory_url
    assert "newOrder" not in asked(program, two.first)
    (warning,) = warnings(program)
    assert "refuses, so" in warning
    assert "the CAA records of test allow only: second.example" in warning
    two.zones.forbid("test", 'issue ";"')
    manager, plan = program.plan("n1.test")
    (failed,) = manager.apply(plan).failed
    assert f"{two.first.directory_url} must not issue for n1.test by http-01" in str(failed.error)
    assert f"the fallback {two.second.directory_url} cannot be used yet: " in warnings(program)[-1]


def test_a_fallback_that_cannot_be_asked_hides_nothing(two: Two) -> None:
    two.second.server.faults.add(Rule("newAccount", Refuse("malformed", "no", 400), times=None))
    program = two.program()
    program.obtain(NAME)
    two.trouble(DOWN)
    manager = program.manager(renew_by_default=True)
    (failed,) = manager.apply(manager.plan_renewals()).failed
    assert "no JSON object" in str(failed.error)
    assert "cannot be used yet: Unable to register an account" in warnings(program)[-1]


def test_caa_records_that_cannot_be_looked_up_are_said(two: Two) -> None:
    program = two.program(caa_server=("127.0.0.1:1",))
    assert issuer(program.obtain(NAME)) == two.first.directory_url
    assert "by its CAA records is not known" in warnings(program)[0]


def test_a_fallback_for_customers(make_ca: CaMaker, two: Two) -> None:
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    third = make_ca(
        http_port=two.http_port,
        tls_port=two.tls_port,
        external_keys={"kid-1": urlsafe_b64decode(key)},
        external_account_required=True,
    )
    two.ca_bundle.write_bytes(two.ca_bundle.read_bytes() + third.ca_bundle.read_bytes())
    program = two.program(fallback_server=(third.directory_url,))
    program.obtain(NAME)
    assert "cannot be used yet: Unable to register" in warnings(program)[0]
    third.server.faults.add(Rule("newAccount", DOWN, times=None))
    bound = two.program(
        fallback_server=(third.directory_url,),
        fallback_eab_kid=("kid-1",),
        fallback_eab_hmac_key=(key,),
        renew_by_default=True,
    )
    renewed(bound)
    (kept,) = (two.folder / "home/config/.everseal/bindings").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_bytes())["kid"] == "kid-1"
    conf = two.folder / "home/config/renewal/n0.test.conf"
    assert key not in conf.read_text()
    third.server.faults.clear()
    program.forget()
    renewed(program)
    assert warnings(program) == []
    assert not kept.exists()
    two.trouble(DOWN)
    assert issuer(renewed(program)) == third.directory_url


def test_a_dry_run_asks_the_first_only_where_the_second_has_no_directory_for_trials(two: Two) -> None:
    program = two.program(dry_run=True)
    manager, plan = program.plan(NAME)
    assert isinstance(plan, Plan)
    assert plan.issues[0].fallbacks == ()
    assert not manager.apply(plan).failed
    assert asked(program, two.second) == []


def test_the_command_keeps_its_fallbacks_and_forgets_them(two: Two) -> None:
    home = Home(two.folder / "home", two)
    home.succeed("certonly", "--agree-tos", "--standalone", "-d", NAME, *two.words)
    conf = home.config / "renewal/n0.test.conf"
    assert f"fallback_server = {two.second.directory_url}," in conf.read_text("utf-8")
    shown = home.succeed("plan", "--force-renewal")
    assert f"Fallback:   {two.second.directory_url}, if the one before is down, limits or refuses; " in shown
    two.trouble(DOWN)
    done = home.run("renew", "--force-renewal")
    assert done.status == 0, done.err
    assert f"{NAME}: {two.first.directory_url} is down, so {two.second.directory_url} is asked" in done.err
    two.first.server.faults.clear()
    home.succeed("renew", "--force-renewal", "--fallback-server", "none")
    assert "fallback_server" not in conf.read_text("utf-8")
