"""The transport against servers of every kind, polite and otherwise."""

from __future__ import annotations

import base64
import itertools
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from everseal.system.http import (
    BadUrl,
    BodyTooLarge,
    ConnectionBroken,
    ConnectionRefused,
    HttpFailure,
    HttpRequest,
    NameNotResolved,
    ProxyFailed,
    TimedOut,
    TlsFailed,
)
from everseal.system.proxies import Proxies
from everseal.system.transport import BadTrustStore, UrllibTransport
from tests.system.raw_server import Behaviour, RawServer, answering, answering_once, hello, read_request

StartServer = Callable[[Behaviour], RawServer]


@pytest.fixture
def start() -> Iterator[Callable[..., RawServer]]:
    servers: list[RawServer] = []

    def begin(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> RawServer:
        servers.append(RawServer(behaviour, tls))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def transport() -> Iterator[UrllibTransport]:
    transport = UrllibTransport()
    yield transport
    transport.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_an_answer_is_read_whole(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering(hello(b"body", "404 Not Found", b"Link: <a>\r\nlink: <b>\r\nX-One: 1\r\n")))
    response = transport.send(HttpRequest("GET", server.url("/a?b=c")))
    assert (response.status, response.body) == (404, b"body")
    assert response.all("LINK") == ("<a>", "<b>")
    assert response.header("x-one") == "1"
    assert response.header("missing") is None


def test_a_body_and_headers_are_sent_as_given(start: StartServer) -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(hello())

    server = start(behave)
    transport = UrllibTransport(user_agent="tester/1")
    request = HttpRequest("POST", server.url("/x"), {"Content-Type": "application/jose+json"}, b"{}")
    transport.send(request)
    transport.close()
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /x HTTP/1.1"
    assert {b"Content-Type: application/jose+json", b"User-Agent: tester/1"} <= set(lines)
    assert body == b"{}"


def test_requests_one_after_another_share_a_connection(
    start: StartServer, transport: UrllibTransport
) -> None:
    server = start(answering(hello()))
    for method in ("GET", "POST", "GET"):
        transport.send(HttpRequest(method, server.url()))
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_replaced(
    start: StartServer, transport: UrllibTransport
) -> None:
    server = start(answering_once(hello()))
    assert transport.send(HttpRequest("GET", server.url())).body == b"hello"
    server.wait_for_end_of(1)
    assert transport.send(HttpRequest("GET", server.url())).body == b"hello"
    assert server.connections == 2


def test_threads_share_the_transport(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering(hello()))
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: transport.send(HttpRequest("GET", server.url())).body, range(40)))
    assert bodies == [b"hello"] * 40
    assert server.connections <= 8


def test_redirects_are_given_back_and_not_followed(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering(hello(b"", "302 Found", b"Location: http://127.0.0.1:1/\r\n")))
    assert transport.send(HttpRequest("GET", server.url())).status == 302


def test_an_unknown_host(transport: UrllibTransport) -> None:
    with pytest.raises(NameNotResolved, match=r"acme\.invalid"):
        transport.send(HttpRequest("GET", "https://acme.invalid/directory"))


def test_a_host_that_refuses(transport: UrllibTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectionRefused) as caught:
        transport.send(HttpRequest("GET", f"https://127.0.0.1:{port}/"))
    assert caught.value.is_transient
    assert not caught.value.was_sent


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://host/", "https://", "http://[::1/", "https://a b/"])
def test_what_is_no_url(transport: UrllibTransport, url: str) -> None:
    with pytest.raises(BadUrl):
        transport.send(HttpRequest("GET", url))


def test_a_connection_that_breaks_before_the_answer(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering_once(b""))
    with pytest.raises(ConnectionBroken, match="without an answer") as caught:
        transport.send(HttpRequest("GET", server.url()))
    assert caught.value.was_sent


def test_a_truncated_answer(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering_once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    with pytest.raises(ConnectionBroken, match="cut short"):
        transport.send(HttpRequest("GET", server.url()))


def test_a_truncated_chunk(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering_once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"))
    with pytest.raises(ConnectionBroken):
        transport.send(HttpRequest("GET", server.url()))


def test_what_is_no_http(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering_once(b"SSH-2.0-OpenSSH_9.2\r\n"))
    with pytest.raises(ConnectionBroken):
        transport.send(HttpRequest("GET", server.url()))


def test_a_body_that_says_it_is_too_large(start: StartServer, transport: UrllibTransport) -> None:
    server = start(answering_once(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"))
    with pytest.raises(BodyTooLarge, match="1,000 bytes"):
        transport.send(HttpRequest("GET", server.url(), limit=1000))


ENDLESS = {
    "body": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
    "status line": (b"HTTP/1.1 ", b"2" * 65536),
    "header line": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 10000),
}


@pytest.mark.parametrize("part", ENDLESS)
def test_what_never_ends_is_given_up(start: StartServer, transport: UrllibTransport, part: str) -> None:
    beginning, again = ENDLESS[part]

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(beginning)
        for _ in itertools.repeat(None):
            connection.sendall(again)

    server = start(behave)
    with pytest.raises((BodyTooLarge, ConnectionBroken)):
        transport.send(HttpRequest("GET", server.url(), limit=200_000))


def dripping(first: bytes, drop: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        for _ in itertools.repeat(None):
            connection.sendall(drop)
            time.sleep(0.02)

    return behave


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_server_that_drips_meets_the_deadline(
    start: StartServer, transport: UrllibTransport, first: bytes, drop: bytes
) -> None:
    server = start(dripping(first, drop))
    with pytest.raises(TimedOut, match=r"0\.3 seconds"):
        transport.send(HttpRequest("GET", server.url(), seconds=0.3))


def test_a_silent_server_meets_the_deadline(start: StartServer, transport: UrllibTransport) -> None:
    def wait(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    server = start(wait)
    with pytest.raises(TimedOut):
        transport.send(HttpRequest("GET", server.url(), seconds=0.2))


def test_a_silent_handshake_meets_the_deadline(start: StartServer, transport: UrllibTransport) -> None:
    def wait(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    server = start(wait)
    with pytest.raises(HttpFailure):
        transport.send(HttpRequest("GET", server.url(scheme="https"), seconds=0.2))


def test_tls_with_a_ca_of_its_own(
    start: Callable[..., RawServer], authority: trustme.CA, bundle: str
) -> None:
    server = start(answering(hello()), server_tls(authority, "127.0.0.1"))
    transport = UrllibTransport(ca_bundle=bundle)
    for _ in range(2):
        assert transport.send(HttpRequest("GET", server.url(scheme="https"))).body == b"hello"
    transport.close()
    assert server.connections == 1


def test_tls_that_is_not_trusted(
    start: Callable[..., RawServer], authority: trustme.CA, transport: UrllibTransport
) -> None:
    server = start(answering(hello()), server_tls(authority, "127.0.0.1"))
    with pytest.raises(TlsFailed, match="certificate") as caught:
        transport.send(HttpRequest("GET", server.url(scheme="https")))
    assert "--ca-bundle" in caught.value.remedy


def test_tls_for_another_host(start: Callable[..., RawServer], authority: trustme.CA, bundle: str) -> None:
    server = start(answering(hello()), server_tls(authority, "other.example"))
    with pytest.raises(TlsFailed) as caught:
        UrllibTransport(ca_bundle=bundle).send(HttpRequest("GET", server.url(scheme="https")))
    assert "another" in caught.value.remedy


def test_tls_unverified_by_choice(start: Callable[..., RawServer], authority: trustme.CA) -> None:
    server = start(answering(hello()), server_tls(authority, "other.example"))
    transport = UrllibTransport(verify=False)
    assert transport.send(HttpRequest("GET", server.url(scheme="https"))).status == 200
    transport.close()


def test_https_to_a_plain_server(start: StartServer, transport: UrllibTransport) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = start(behave)
    with pytest.raises(TlsFailed, match="does not speak TLS"):
        transport.send(HttpRequest("GET", server.url(scheme="https")))


@pytest.mark.parametrize("content", [None, "no certificate at all"])
def test_trusted_cas_that_cannot_be_used(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadTrustStore, match=r"bundle\.pem"):
        UrllibTransport(ca_bundle=str(path)).send(HttpRequest("GET", "https://127.0.0.1:1/"))


def connect_proxy(seen: list[bytes], status: str = "200 OK") -> Behaviour:
    """An HTTP proxy that knows CONNECT."""

    def behave(connection: socket.socket) -> None:
        request = read_request(connection)
        seen.append(request)
        connection.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if not status.startswith("200"):
            return
        host, _, port = request.split()[1].decode().partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as upstream:
            pump(connection, upstream)

    return behave


def pump(one: socket.socket, other: socket.socket) -> None:
    import selectors

    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select(10):
                source, target = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                piece = source.recv(65536)
                if not piece:
                    return
                target.sendall(piece)


def test_https_through_a_proxy(start: Callable[..., RawServer], authority: trustme.CA, bundle: str) -> None:
    server = start(answering(hello()), server_tls(authority, "127.0.0.1"))
    seen: list[bytes] = []
    proxy = start(connect_proxy(seen))
    transport = UrllibTransport(
        ca_bundle=bundle, proxies=Proxies({"https": f"http://user:secret@127.0.0.1:{proxy.port}"})
    )
    for _ in range(2):
        assert transport.send(HttpRequest("GET", server.url(scheme="https"))).body == b"hello"
    transport.close()
    assert len(seen) == 1
    assert seen[0].startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
    assert base64.b64encode(b"user:secret") in seen[0]


def test_http_through_a_proxy(start: StartServer) -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(hello(b"from the proxy"))

    proxy = start(behave)
    transport = UrllibTransport(proxies=Proxies({"http": proxy.url()}))
    assert transport.send(HttpRequest("GET", "http://acme.invalid/x")).body == b"from the proxy"
    transport.close()
    assert seen[0].startswith(b"GET http://acme.invalid/x ")


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway"])
def test_a_proxy_that_says_no(start: StartServer, status: str) -> None:
    proxy = start(connect_proxy([], status))
    transport = UrllibTransport(proxies=Proxies({"https": f"http://u:secret@127.0.0.1:{proxy.port}"}))
    with pytest.raises(ProxyFailed, match=status[:3]) as caught:
        transport.send(HttpRequest("GET", "https://acme.invalid/"))
    assert "secret" not in str(caught.value)


def test_a_proxy_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    transport = UrllibTransport(proxies=Proxies({"https": f"http://127.0.0.1:{port}"}))
    with pytest.raises(ProxyFailed, match="refused"):
        transport.send(HttpRequest("GET", "https://acme.invalid/"))


def test_a_proxy_url_that_is_none() -> None:
    with pytest.raises(ProxyFailed):
        UrllibTransport(proxies=Proxies({"https": "socks9://x"})).send(
            HttpRequest("GET", "https://acme.invalid/")
        )


def test_a_request_hides_what_may_be_secret() -> None:
    request = HttpRequest("GET", "https://a/", {"Authorization": "Bearer secret"}, b"secret")
    assert "secret" not in repr(request)
