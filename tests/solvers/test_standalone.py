"""The standalone http-01 server, looked at with another HTTP client."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
from typing import TYPE_CHECKING

import pytest

from everseal.acme.challenges import Presentation
from everseal.model.errors import PortBusy, PortForbidden
from everseal.model.names import DnsName, IpAddress
from everseal.solvers.errors import CannotProve
from everseal.solvers.showing import open_on
from everseal.solvers.standalone import Standalone
from everseal.system.httpd import HttpServer
from everseal.system.listening import AddressUnusable
from tests.solvers.contract import SolverContract
from tests.solvers.samples import make_presentation

if TYPE_CHECKING:
    from everseal.ports import Solver


def get(
    solver: Standalone, path: str, *, host: str = "127.0.0.1", method: str = "GET"
) -> tuple[int, bytes, str]:
    port = solver.listening_port
    assert port is not None
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read(), response.headers.get("Content-Type", "")
    finally:
        connection.close()


def loopbacks() -> list[str]:
    """IPv4, and IPv6 where this machine has it."""
    found = ["127.0.0.1"]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        found.append("::1")
    return found


class TestContract(SolverContract):
    def make(self) -> Solver:
        return Standalone(port=0, address="127.0.0.1")

    def is_seen(self, solver: Solver, challenge: Presentation) -> bool:
        assert isinstance(solver, Standalone)
        if solver.listening_port is None:
            return False
        status, body, _ = get(solver, challenge.http_path)
        return status == 200 and body == challenge.key_authorization.encode()


@pytest.fixture
def challenge() -> Presentation:
    return make_presentation()


def test_the_key_authorization_is_the_whole_body(challenge: Presentation) -> None:
    solver = Standalone(port=0, address="127.0.0.1")
    solver.present([challenge])
    try:
        answer = (200, challenge.key_authorization.encode(), "application/octet-stream")
        assert get(solver, challenge.http_path) == answer
        assert get(solver, challenge.http_path + "?with=query") == answer
        assert get(solver, challenge.http_path, method="HEAD") == (200, b"", "application/octet-stream")
    finally:
        solver.clean_up([challenge])


def test_only_known_tokens_are_answered(challenge: Presentation) -> None:
    solver = Standalone(port=0, address="127.0.0.1")
    solver.present([challenge])
    try:
        for path in (
            "/.well-known/acme-challenge/",
            "/.well-known/acme-challenge/" + "x" * 43,
            challenge.http_path + "/",
            "/.well-known/acme-challenge/../acme-challenge/" + challenge.token,
            "/.well-known/" + challenge.token,
            "/" + challenge.token,
            "/index.html",
        ):
            assert get(solver, path)[0] == 404
        status, banner, _ = get(solver, "/")
        assert status == 200
        assert b"ACME" in banner
    finally:
        solver.clean_up([challenge])


def test_both_families_are_served(challenge: Presentation) -> None:
    solver = Standalone(port=0)
    solver.present([challenge])
    try:
        for host in loopbacks():
            assert get(solver, challenge.http_path, host=host)[0] == 200
    finally:
        solver.clean_up([challenge])


def test_a_given_address_is_the_only_one(challenge: Presentation) -> None:
    solver = Standalone(port=0, address="127.0.0.1")
    solver.present([challenge])
    try:
        with pytest.raises(ConnectionRefusedError):
            get(solver, challenge.http_path, host="127.0.0.2")
    finally:
        solver.clean_up([challenge])


def test_one_listener_serves_all_orders_and_goes_with_the_last() -> None:
    solver = Standalone(port=0, address="127.0.0.1")
    first, second = make_presentation("a.example"), make_presentation("b.example")
    ports: list[int | None] = [solver.listening_port]
    for step, challenge in (
        (solver.present, first),
        (solver.present, second),
        (solver.clean_up, first),
        (solver.clean_up, second),
    ):
        step([challenge])
        ports.append(solver.listening_port)
    port = ports[1]
    assert port is not None
    assert ports == [None, port, port, port, None]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_a_taken_port_is_named_with_its_holder(challenge: Presentation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        solver = Standalone(port=port, address="127.0.0.1")
        with pytest.raises(PortBusy) as caught:
            solver.present([challenge])
        assert f"TCP port {port} because it is already in use by " in str(caught.value)
        assert f"(process {os.getpid()})" in str(caught.value)
        solver.clean_up([challenge])
    solver.present([challenge])
    solver.clean_up([challenge])


def test_ipv4_is_enough_when_ipv6_is_taken(challenge: Presentation) -> None:
    if "::1" not in loopbacks():
        return
    with socket.socket(socket.AF_INET6) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::", 0))
        taken.listen()
        solver = Standalone(port=taken.getsockname()[1])
        solver.present([challenge])
        try:
            assert get(solver, challenge.http_path, host="127.0.0.1")[0] == 200
        finally:
            solver.clean_up([challenge])


def test_ipv6_is_not_enough_when_ipv4_is_taken(challenge: Presentation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        solver = Standalone(port=taken.getsockname()[1])
        with pytest.raises(PortBusy):
            solver.present([challenge])


def test_a_forbidden_port_is_told_and_not_tried_again() -> None:
    tried: list[object] = []

    def open_at(addresses: object) -> HttpServer:
        tried.append(addresses)
        raise PortForbidden(80)

    with pytest.raises(PortForbidden, match="permissions"):
        open_on("", 80, open_at)
    assert len(tried) == 1


def test_an_address_of_another_machine_is_told(challenge: Presentation) -> None:
    with pytest.raises(AddressUnusable, match=r"192\.0\.2\.7"):
        Standalone(port=0, address="192.0.2.7").present([challenge])


def test_a_host_name_stands_for_its_addresses(challenge: Presentation) -> None:
    solver = Standalone(port=0, address="localhost")
    solver.present([challenge])
    try:
        assert get(solver, challenge.http_path, host="127.0.0.1")[0] == 200
    finally:
        solver.clean_up([challenge])
    with pytest.raises(AddressUnusable, match="neither an IP address"):
        Standalone(port=0, address="x" * 64).present([challenge])


def test_what_it_can_prove() -> None:
    solver = Standalone()
    assert solver.challenge_types(DnsName("a.example")) == ("http-01",)
    assert solver.challenge_types(IpAddress("2001:db8::7")) == ("http-01",)
    assert solver.challenge_types(DnsName("*.a.example")) == ()
    with pytest.raises(CannotProve, match=r"\*\.a\.example") as caught:
        solver.check([DnsName("a.example"), DnsName("*.a.example")])
    assert "dns-01" in caught.value.remedy


def test_an_ip_address_is_proved_like_a_name() -> None:
    solver, challenge = Standalone(port=0, address="127.0.0.1"), make_presentation("192.0.2.7")
    solver.present([challenge])
    assert get(solver, challenge.http_path)[1] == challenge.key_authorization.encode()
    solver.clean_up([challenge])


def test_the_description_names_the_port() -> None:
    assert "port 80 " in Standalone().describe(DnsName("a.example"), "http-01")
    assert "port 8080 of 127.0.0.1" in Standalone(port=8080, address="127.0.0.1").describe(
        DnsName("a.example"), "http-01"
    )


def test_idle_connections_do_not_keep_the_port(challenge: Presentation) -> None:
    solver = Standalone(port=0, address="127.0.0.1")
    solver.present([challenge])
    port = solver.listening_port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=10) as idle:
        solver.clean_up([challenge])
        with contextlib.suppress(ConnectionResetError):  # it may not even have been accepted
            assert idle.recv(1) == b""
    again = Standalone(port=port, address="127.0.0.1")
    again.present([challenge])
    again.clean_up([challenge])
