"""Certificates for IP addresses (RFC 8738), by both challenges that prove control of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from everseal import Plan
from everseal.model.names import IpAddress
from tests.e2e.home import Authority
from tests.e2e.library import Program
from tests.servers.built_in import CaMaker
from tests.servers.pebble import Pebble


@pytest.fixture(params=["built-in", "pebble"])
def authority(request: pytest.FixtureRequest, make_ca: CaMaker) -> Authority:
    if request.param == "built-in":
        return make_ca()
    pebble: Pebble = request.getfixturevalue("pebble_new")
    return pebble


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("::1",), ("127.0.0.1", "::1")])
def test_control_of_an_address_is_proved(
    tmp_path: Path, authority: Authority, addresses: tuple[str, ...], challenge: str
) -> None:
    program = Program(tmp_path / "home", authority)
    manager = program.manager(ip_addresses=addresses, standalone_challenge=challenge, certname="box")
    plan = manager.plan_certificate()
    assert isinstance(plan, Plan)
    assert [proof.challenge_type for proof in plan.issues[0].proofs] == [challenge] * len(addresses)
    report = manager.apply(plan)
    assert not report.failed, report.failed[0].error
    assert set(report.saved[0].identifiers) == {IpAddress.parse(each) for each in addresses}
    assert set(report.saved[0].lineage.certificate.identifiers) == set(report.saved[0].identifiers)
