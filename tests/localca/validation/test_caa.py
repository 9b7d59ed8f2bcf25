from __future__ import annotations

from collections.abc import Iterator

import pytest

from everseal.localca.hosts import HostTable
from everseal.localca.validation.caa import Applicant, check_caa
from everseal.localca.validation.network import Network, ValidationFailed
from everseal.model.names import DnsName
from everseal.system.resolver import NameServer, Resolver
from tests.system.nameserver import TableNameServer

ACCOUNT = "https://ca.test/acme/account/1"
APPLICANT = Applicant(("ca.test",), (ACCOUNT,), "http-01")
NAME = DnsName("www.one.test")


@pytest.fixture
def table() -> Iterator[TableNameServer]:
    with TableNameServer() as server:
        yield server


@pytest.fixture
def world(table: TableNameServer) -> Network:
    return Network(HostTable(), Resolver([NameServer("127.0.0.1", table.port)], timeout=2), 80, 443, 2)


def permitted(world: Network, *, wildcard: bool = False) -> bool:
    try:
        check_caa(NAME, wildcard, APPLICANT, world)
    except ValidationFailed as failure:
        return failure.kind != "caa"
    return True


@pytest.mark.parametrize(
    ("records", "single", "wild"),
    [
        ([], True, True),
        (['0 issue "ca.test"'], True, True),
        (['0 issue " CA.test ; "'], True, True),
        (['0 issue ";"'], False, False),
        (['0 issue ""'], False, False),
        (['0 issue "other.test"'], False, False),
        (['0 issue "other.test"', '0 issue "ca.test"'], True, True),
        (['0 issue "ca.test"', '0 issuewild ";"'], True, False),
        (['0 issue ";"', '0 issuewild "ca.test"'], False, True),
        (['0 issuewild "other.test"'], True, False),
        (['0 iodef "mailto:a@one.test"'], True, True),
        (['0 unknown "x"'], True, True),
        (['128 unknown "x"'], False, False),
        (['128 issue "ca.test"'], True, True),
        ([f'0 issue "ca.test; accounturi={ACCOUNT}"'], True, True),
        (['0 issue "ca.test; accounturi=https://ca.test/acme/account/2"'], False, False),
        ([f'0 issue "ca.test; accounturi={ACCOUNT}; accounturi={ACCOUNT}"'], False, False),
        (['0 issue "ca.test; validationmethods=dns-01,http-01"'], True, True),
        (['0 issue "ca.test; validationmethods=dns-01"'], False, False),
        (['0 issue "ca.test; other=1"'], True, True),
        (['0 issue "ca.test; rubbish"'], False, False),
    ],
)
def test_what_records_say(
    table: TableNameServer, world: Network, records: list[str], single: bool, wild: bool
) -> None:
    table.records["www.one.test", "A"] = ["192.0.2.1"]
    if records:
        table.records["one.test", "CAA"] = records
    assert permitted(world) is single
    assert permitted(world, wildcard=True) is wild


def test_the_closest_records_count(table: TableNameServer, world: Network) -> None:
    table.records["www.one.test", "CAA"] = ['0 issue "ca.test"']
    table.records["one.test", "CAA"] = ['0 issue ";"']
    assert permitted(world)
    assert ("one.test", "CAA") not in table.asked


def test_aliases_are_followed_at_every_step(table: TableNameServer, world: Network) -> None:
    table.records["www.one.test", "CNAME"] = ["host.two.test."]
    table.records["host.two.test", "CAA"] = ['0 issue ";"']
    assert not permitted(world)


def test_a_failing_zone_forbids(table: TableNameServer, world: Network) -> None:
    table.failing.add("one.test")
    assert not permitted(world)
