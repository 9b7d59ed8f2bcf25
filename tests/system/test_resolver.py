from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everseal.system.resolver import (
    BadNameServer,
    CaaRecord,
    LookupFailed,
    NameMissing,
    NameServer,
    Resolver,
)
from tests.system.nameserver import TableNameServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def table() -> Iterator[TableNameServer]:
    with TableNameServer() as server:
        yield server


@pytest.fixture
def resolver(table: TableNameServer) -> Resolver:
    return Resolver([NameServer("127.0.0.1", table.port)], timeout=2)


def test_ipv6_comes_first_and_cnames_are_followed(table: TableNameServer, resolver: Resolver) -> None:
    table.records["www.one.test", "CNAME"] = ["host.two.test."]
    table.records["host.two.test", "A"] = ["192.0.2.7"]
    table.records["host.two.test", "AAAA"] = ["2001:db8::7"]
    assert resolver.addresses("www.one.test") == ("2001:db8::7", "192.0.2.7")


def test_a_name_without_such_records_gives_nothing(table: TableNameServer, resolver: Resolver) -> None:
    table.records["one.test", "A"] = ["192.0.2.7"]
    assert resolver.texts("one.test") == ()


def test_strings_of_a_text_are_joined_and_long_answers_come_by_tcp(
    table: TableNameServer, resolver: Resolver
) -> None:
    long = ["x" * 200 + str(number) for number in range(20)]
    table.records["_acme-challenge.one.test", "TXT"] = ['"ab" "cd"', *long]
    assert set(resolver.texts("_acme-challenge.one.test")) == {"abcd", *long}


def test_caa_records(table: TableNameServer, resolver: Resolver) -> None:
    table.records["one.test", "CAA"] = ['0 issue "ca.test; accounturi=x"', '128 Weird "y"']
    assert set(resolver.caa("one.test")) == {
        CaaRecord(critical=False, tag="issue", value="ca.test; accounturi=x"),
        CaaRecord(critical=True, tag="weird", value="y"),
    }


def test_a_missing_name_a_failure_and_a_loop_differ(table: TableNameServer, resolver: Resolver) -> None:
    table.failing.add("broken.test")
    table.records["a.test", "CNAME"] = ["b.test."]
    table.records["b.test", "CNAME"] = ["a.test."]
    with pytest.raises(NameMissing, match=r"gone\.test"):
        resolver.texts("gone.test")
    with pytest.raises(LookupFailed, match="SERVFAIL"):
        resolver.texts("broken.test")
    with pytest.raises(LookupFailed, match="CNAME"):
        resolver.texts("a.test")
    with pytest.raises(LookupFailed, match="no name server"):
        Resolver(()).texts("a.test")


def test_the_second_server_answers_for_a_silent_first(table: TableNameServer) -> None:
    table.records["one.test", "A"] = ["192.0.2.7"]
    servers = [NameServer("127.0.0.1", 1), NameServer("127.0.0.1", table.port)]
    assert Resolver(servers, timeout=0.1).addresses("one.test") == ("192.0.2.7",)
    with pytest.raises(LookupFailed, match=r"127\.0\.0\.1"):
        Resolver(servers[:1], timeout=0.05).addresses("one.test")


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("127.0.0.1", NameServer("127.0.0.1", 53)),
        ("127.0.0.1:5353", NameServer("127.0.0.1", 5353)),
        ("::1", NameServer("::1", 53)),
        ("[::1]:5353", NameServer("::1", 5353)),
    ],
)
def test_name_servers_are_read(text: str, server: NameServer) -> None:
    assert NameServer.parse(text) == server


@pytest.mark.parametrize("text", ["", "localhost:53", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "1:2"])
def test_what_is_no_name_server_is_said(text: str) -> None:
    with pytest.raises(BadNameServer) as caught:
        NameServer.parse(text)
    assert "127.0.0.1:5353" in caught.value.remedy


def test_the_system_names_servers_or_none() -> None:
    assert isinstance(Resolver.of_the_system(), Resolver)
