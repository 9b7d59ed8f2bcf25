from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme

from everseal.acme.challenges import Presentation
from everseal.localca.hosts import HostTable
from everseal.localca.validation.http01 import validate_http01
from everseal.localca.validation.network import Network, ValidationFailed
from everseal.model.names import Identifier, IpAddress, parse_identifier
from everseal.system.httpd import HttpServer, ResetConnection, ServerRequest, ServerResponse
from tests.localca.raw import Responder

TOKEN = "t" * 43
AUTHORIZATION = f"{TOKEN}.{'h' * 43}"
PATH = f"/.well-known/acme-challenge/{TOKEN}"


def presentation(name: str = "one.test") -> Presentation:
    return Presentation(parse_identifier(name), "http-01", TOKEN, AUTHORIZATION)


def network(port: int, *entries: str, tls_port: int = 443, timeout: float = 3.0) -> Network:
    hosts = HostTable.parse(entries or ("*.test=127.0.0.1",))
    return Network(hosts, None, port, tls_port, timeout)


def failure(world: Network, name: str = "one.test") -> ValidationFailed:
    with pytest.raises(ValidationFailed) as caught:
        validate_http01(presentation(name), world)
    return caught.value


def redirect(status: int, location: str) -> ServerResponse:
    return ServerResponse(status, headers=(("Location", location),))


def test_the_right_answer(responder: Responder) -> None:
    responder.pages[PATH] = AUTHORIZATION.encode() + b"\r\n \n"
    validate_http01(presentation(), network(responder.port))
    (request,) = responder.requests
    assert (request.method, request.host) == ("GET", "one.test")


def test_an_address_needs_no_names(responder: Responder) -> None:
    responder.pages[PATH] = AUTHORIZATION.encode()
    validate_http01(presentation("127.0.0.1"), network(responder.port))
    assert responder.requests[0].host == "127.0.0.1"


@pytest.mark.parametrize("body", [b"", b"something else", AUTHORIZATION.encode() + b"x" * 100, b"\xff\xfe"])
def test_another_body(responder: Responder, body: bytes) -> None:
    responder.pages[PATH] = body
    problem = failure(network(responder.port))
    assert problem.kind == "unauthorized"
    assert problem.detail.isprintable()


def test_another_status(responder: Responder) -> None:
    problem = failure(network(responder.port))
    assert (problem.kind, "404" in problem.detail) == ("unauthorized", True)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_followed(responder: Responder, status: int) -> None:
    def answer(request: ServerRequest) -> ServerResponse:
        if request.path == PATH:
            return redirect(status, "/next?from=one")
        return redirect(status, f"http://two.test:{responder.port}/last")

    responder.fallback = answer
    responder.pages["/last"] = AUTHORIZATION.encode()
    validate_http01(presentation(), network(responder.port))
    assert [(request.host, request.target) for request in responder.requests] == [
        ("one.test", PATH),
        ("one.test", "/next?from=one"),
        ("two.test", "/last"),
    ]


def test_a_see_other_is_not_followed(responder: Responder) -> None:
    responder.fallback = lambda _request: redirect(303, "/next")
    assert failure(network(responder.port)).kind == "unauthorized"


@pytest.mark.parametrize(
    "location",
    [
        "",
        "ftp://two.test/",
        "http://two.test:22/",
        "http://two.test:99999/",
        "http://[::1/",
        "http:///nowhere",
        "http://two..test/",
        "http://two.test/x y",
        "http://tw\u00f6.test/",
        "http://gone.invalid/",
    ],
)
def test_redirects_to_nowhere(responder: Responder, location: str) -> None:
    responder.fallback = lambda _request: redirect(302, location)
    assert failure(network(responder.port)).kind in ("connection", "dns")


def test_redirects_without_end(responder: Responder) -> None:
    responder.fallback = lambda request: redirect(302, f"{request.path}x")
    problem = failure(network(responder.port))
    assert (problem.kind, "redirects" in problem.detail) == ("connection", True)
    assert len(responder.requests) == 11


def test_a_redirect_to_https_whose_certificate_does_not_matter(responder: Responder) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("unrelated.test").configure_cert(context)

    def answer(request: ServerRequest) -> ServerResponse:
        return ServerResponse(200, AUTHORIZATION.encode())

    with HttpServer(answer, tls=context) as secure:
        responder.fallback = lambda _request: redirect(301, f"https://one.test{PATH}")
        validate_http01(presentation(), network(responder.port, tls_port=secure.port))


def test_nobody_listens(responder: Responder) -> None:
    responder.server.stop()
    problem = failure(network(responder.port))
    assert (problem.kind, problem.detail) == (
        "connection",
        f"127.0.0.1:{responder.port}: Connection refused",
    )


def test_hang_ups_and_rubbish_are_connection_problems() -> None:
    def reset(_request: ServerRequest) -> ResetConnection:
        return ResetConnection()

    with HttpServer(reset) as server:
        assert failure(network(server.port)).kind == "connection"


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A listener that accepts and says ``SSH-2.0`` or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_something_that_speaks_no_http(silent: socket.socket) -> None:
    def speak() -> None:
        connection, _ = silent.accept()
        with connection:
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            connection.recv(1000)

    thread = threading.Thread(target=speak)
    thread.start()
    problem = failure(network(silent.getsockname()[1]))
    thread.join()
    assert (problem.kind, http.client.BadStatusLine.__name__ in problem.detail) == ("connection", True)


def test_a_server_that_never_answers(silent: socket.socket) -> None:
    problem = failure(network(silent.getsockname()[1], timeout=0.1))
    assert (problem.kind, "timeout" in problem.detail) == ("connection", True)


def test_ipv6_goes_first_and_ipv4_only_when_it_does_not_connect(responder: Responder) -> None:
    responder.pages[PATH] = AUTHORIZATION.encode()
    validate_http01(presentation(), network(responder.port, "one.test=127.0.0.1", "one.test=::1"))
    assert [request.peer for request in responder.requests] == ["127.0.0.1"]


def test_a_name_that_does_not_resolve() -> None:
    problem = failure(network(1, "other.test=127.0.0.1"), "one.invalid")
    assert problem.kind == "dns"


def test_identifiers_are_values() -> None:
    identifier: Identifier = IpAddress("::1")
    world = network(1)
    assert world.addresses(identifier) == ("::1",)
    assert not world.is_listed(identifier)
