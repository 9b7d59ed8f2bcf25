from __future__ import annotations

from collections.abc import Iterator

import pytest

from everseal.acme.challenges import Presentation
from everseal.localca.hosts import HostTable
from everseal.localca.validation.dns01 import validate_dns01
from everseal.localca.validation.network import Network, ValidationFailed
from everseal.model.names import parse_identifier
from everseal.system.resolver import NameServer, Resolver
from tests.system.nameserver import TableNameServer

OWNER = "_acme-challenge.one.test"
PROOF = Presentation(parse_identifier("one.test"), "dns-01", "token", "token.thumbprint", wildcard=True)


@pytest.fixture
def table() -> Iterator[TableNameServer]:
    with TableNameServer() as server:
        yield server


@pytest.fixture
def world(table: TableNameServer) -> Network:
    resolver = Resolver([NameServer("127.0.0.1", table.port)], timeout=2)
    return Network(HostTable(), resolver, 80, 443, 2)


def test_one_of_several_values(table: TableNameServer, world: Network) -> None:
    table.records[OWNER, "TXT"] = ["other", PROOF.dns_value, '"with spaces"']
    validate_dns01(PROOF, world)


def test_behind_an_alias(table: TableNameServer, world: Network) -> None:
    table.records[OWNER, "CNAME"] = ["one.proofs.test."]
    table.records["one.proofs.test", "TXT"] = [PROOF.dns_value]
    validate_dns01(PROOF, world)


def failure(world: Network) -> ValidationFailed:
    with pytest.raises(ValidationFailed) as caught:
        validate_dns01(PROOF, world)
    return caught.value


def test_what_fails_and_how(table: TableNameServer, world: Network) -> None:
    assert failure(world).kind == "dns"
    table.records[OWNER, "A"] = ["192.0.2.1"]
    assert failure(world).kind == "unauthorized"
    table.records[OWNER, "TXT"] = [PROOF.dns_value[:-1], "more"]
    problem = failure(world)
    assert (problem.kind, "(and 1 more)" in problem.detail) == ("unauthorized", True)
    table.failing.add(OWNER)
    assert failure(world).kind == "dns"


def test_addresses_come_from_the_same_servers(table: TableNameServer, world: Network) -> None:
    table.records["one.test", "A"] = ["127.0.0.1"]
    table.records["two.test", "TXT"] = ["no address"]
    assert world.addresses(parse_identifier("one.test")) == ("127.0.0.1",)
    for name in ("two.test", "gone.test"):
        with pytest.raises(ValidationFailed):
            world.addresses(parse_identifier(name))


def test_the_operating_system_resolves_where_no_server_is_chosen() -> None:
    world = Network(HostTable(), None, 80, 443, 2)
    assert "127.0.0.1" in world.addresses(parse_identifier("localhost"))
