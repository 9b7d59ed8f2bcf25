from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from everseal.model.errors import PortBusy
from everseal.system.httpd import (
    AddressUnusable,
    HttpServer,
    Limits,
    ResetConnection,
    ServerRequest,
    ServerResponse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def echo(request: ServerRequest) -> ServerResponse | ResetConnection:
    match request.path:
        case "/reset":
            return ResetConnection()
        case "/short":
            return ServerResponse(200, b"only this", announced_length=100)
        case "/stream":
            return ServerResponse(200, (piece for piece in (b"one ", b"two")))
        case "/crash":
            raise LookupError(request.path)
        case "/nothing":
            return ServerResponse(204)
        case "/split":
            return ServerResponse(200, headers=(("X-Bad", "a\r\nb: c"),))
        case _:
            text = f"{request.method} {request.path}?{request.query} {len(request.body)}"
            return ServerResponse(200, text.encode(), (("X-Seen", request.headers.get("x-one", "")),))


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(echo, limits=Limits(connections=4, idle=5, request=2, body=1000)) as running:
        yield running


def client(server: HttpServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)


def talk(server: HttpServer, sent: bytes) -> bytes:
    """Send raw bytes and read until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(4096):
            received += piece
    return received


def test_several_requests_share_one_connection(server: HttpServer) -> None:
    with contextlib.closing(client(server)) as connection:
        for number in range(3):
            connection.request("POST", f"/a/b?n={number}", body=b"x" * number, headers={"X-One": "1"})
            answer = connection.getresponse()
            assert answer.read() == f"POST /a/b?n={number} {number}".encode()
            assert answer.getheader("X-Seen") == "1"
    assert server.connections_accepted == 1


def test_head_has_a_length_and_no_body(server: HttpServer) -> None:
    with contextlib.closing(client(server)) as connection:
        connection.request("HEAD", "/x")
        answer = connection.getresponse()
        assert answer.getheader("Content-Length") == "10"
        assert answer.read() == b""
        connection.request("GET", "/nothing")
        assert connection.getresponse().status == 204


def test_faults_that_tests_of_clients_need(server: HttpServer) -> None:
    with contextlib.closing(client(server)) as connection:
        connection.request("GET", "/reset")
        with pytest.raises(ConnectionResetError):
            connection.getresponse()
    with contextlib.closing(client(server)) as connection:
        connection.request("GET", "/short")
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
    assert talk(server, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"\r\n\r\none two")


def test_an_error_of_the_handler_is_a_500_and_the_connection_lives() -> None:
    seen: list[Exception] = []
    with HttpServer(echo, on_error=seen.append) as server, contextlib.closing(client(server)) as connection:
        connection.request("GET", "/crash")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (500, b"internal error\n")
        connection.request("GET", "/fine")
        assert connection.getresponse().status == 200
    assert [type(error) for error in seen] == [LookupError]


def test_a_line_break_in_a_header_never_reaches_the_wire(server: HttpServer) -> None:
    assert b"b: c" not in talk(server, b"GET /split HTTP/1.1\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"rubbish\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(150)) + b"\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"GET / HTTP/3.0\r\n\r\n", b"505"),
    ],
)
def test_what_is_no_request_is_refused_and_hung_up_on(server: HttpServer, sent: bytes, status: bytes) -> None:
    assert talk(server, sent).split(b" ", 2)[1] == status


def test_a_client_that_waits_for_100_continue_gets_it(server: HttpServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ab")
        assert b"200 OK" in connection.recv(1000)


def test_a_request_that_drips_is_hung_up_on() -> None:
    with (
        HttpServer(echo, limits=Limits(request=0.05)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nX")
        assert connection.recv(100) == b""


def test_waiting_connections_are_served_when_a_slot_frees() -> None:
    with HttpServer(echo, limits=Limits(connections=1)) as server:
        first, second = client(server), client(server)
        first.request("GET", "/1")
        assert first.getresponse().read() == b"GET /1? 0"
        second.request("GET", "/2")
        first.close()
        assert second.getresponse().read() == b"GET /2? 0"
        second.close()


def test_stop_hangs_up_and_frees_the_port() -> None:
    server = HttpServer(echo)
    server.start()
    with contextlib.closing(client(server)) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()
        server.stop()
        server.stop()
        assert connection.sock.recv(10) == b""
    HttpServer(echo, port=server.port).stop()


def test_a_taken_port_and_a_foreign_address_say_so(server: HttpServer) -> None:
    with pytest.raises(PortBusy, match=str(server.port)):
        HttpServer(echo, port=server.port)
    with pytest.raises(AddressUnusable, match=r"192\.0\.2\.1"):
        HttpServer(echo, addresses=("192.0.2.1",))
    with pytest.raises(AddressUnusable, match="localhost"):
        HttpServer(echo, addresses=("localhost",))
    with pytest.raises(AddressUnusable):
        HttpServer(echo, addresses=())


def test_a_missing_family_is_left_out_and_the_port_is_shared() -> None:
    with HttpServer(echo, addresses=("127.0.0.1", "127.0.0.2", "192.0.2.1")) as server:
        for host in ("127.0.0.1", "127.0.0.2"):
            with contextlib.closing(http.client.HTTPConnection(host, server.port, timeout=5)) as connection:
                connection.request("GET", "/")
                assert connection.getresponse().status == 200


def test_stop_and_refusals_over_tls() -> None:
    authority = trustme.CA()
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(inside)
    outside = ssl.create_default_context()
    authority.configure_trust(outside)
    server = HttpServer(echo, tls=inside)
    server.start()

    def connected() -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        return outside.wrap_socket(plain, server_hostname="localhost")

    with connected() as refused:
        refused.sendall(b"rubbish\r\n\r\n")
        assert b" 400 " in refused.recv(1000)
    with connected() as idle:
        idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b" 200 " in idle.recv(1000)
        server.stop()
        with contextlib.suppress(OSError):
            assert idle.recv(10) == b""


def test_tls_and_the_hang_up_after_a_foreign_protocol() -> None:
    authority = trustme.CA()
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.set_alpn_protocols(["acme-tls/1", "http/1.1"])
    authority.issue_cert("localhost").configure_cert(inside)
    outside = ssl.create_default_context()
    authority.configure_trust(outside)
    with HttpServer(echo, tls=inside) as server:
        with contextlib.closing(
            http.client.HTTPSConnection("localhost", server.port, context=outside, timeout=5)
        ) as connection:
            connection.request("GET", "/tls")
            assert connection.getresponse().read() == b"GET /tls? 0"
        outside.set_alpn_protocols(["acme-tls/1"])
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain,
            outside.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            assert secured.selected_alpn_protocol() == "acme-tls/1"
            assert secured.recv(10) == b""
        with pytest.raises(ConnectionResetError):
            talk(server, b"GET / HTTP/1.1\r\n\r\n")
