from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from everseal.system.clock import SystemClock
from everseal.system.ocsp_fetch import NotAsked, OcspFetcher
from everseal.system.proxies import Proxies


class Responder(BaseHTTPRequestHandler):
    """Answers with what it was asked; paths choose other manners."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/")
            self.end_headers()
            return
        told = " ".join([self.path, *filter(None, [self.headers["Proxy-Authorization"]])])
        answer = b"x" * 100_000 if self.path == "/long" else told.encode() + b" " + body
        self.send_response(200)
        self.send_header("Content-Type", "application/ocsp-response")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, _format: str, *args: object) -> None:
        """Nobody reads along."""


@pytest.fixture
def responder() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Responder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_asks_and_reads(responder: str) -> None:
    fetch = OcspFetcher(SystemClock(), public_only=False)
    assert fetch(f"{responder}/a?b=c", b"request") == b"/a?b=c request"
    assert fetch(responder, b"request") == b"/ request"


@pytest.mark.parametrize("path", ["/away", "/long"])
def test_follows_nowhere_and_reads_no_more_than_an_answer(responder: str, path: str) -> None:
    with pytest.raises(NotAsked):
        OcspFetcher(SystemClock(), public_only=False)(f"{responder}{path}", b"request")


def test_asks_nobody_on_networks_of_ours(responder: str) -> None:
    with pytest.raises(NotAsked, match="no public address"):
        OcspFetcher(SystemClock())(responder, b"request")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "ldap://127.0.0.1/",
        "http://",
        "http://127.0.0.1:99999/",
        "",
        "file:///etc",
        "http://[",
    ],
)
def test_asks_over_plain_http_only(url: str) -> None:
    with pytest.raises(NotAsked):
        OcspFetcher(SystemClock(), public_only=False)(url, b"request")


def test_a_closed_port_and_an_unknown_host() -> None:
    for url in ("http://127.0.0.1:1/", f"http://{'a' * 64}/"):
        with pytest.raises(NotAsked):
            OcspFetcher(SystemClock(), public_only=False)(url, b"request")


def test_what_never_ends_is_given_up(responder: str) -> None:
    class Late(SystemClock):
        """Leaps at each look."""

        def __init__(self) -> None:
            self.looks = 0.0

        def monotonic(self) -> float:
            self.looks += 100.0
            return self.looks

    with pytest.raises(NotAsked, match="too long"):
        OcspFetcher(Late(), public_only=False)(responder, b"request")


class TestThroughAProxy:
    def test_the_proxy_is_told_the_whole_url(self, responder: str) -> None:
        fetch = OcspFetcher(SystemClock(), proxies=Proxies({"http": responder}))
        assert fetch("http://ocsp.ca.example/a?b=c", b"request") == b"http://ocsp.ca.example/a?b=c request"

    def test_its_credentials_go_to_it(self, responder: str) -> None:
        proxy = responder.replace("//", "//me:se%20cret@")
        answer = OcspFetcher(SystemClock(), proxies=Proxies({"http": proxy}))("http://ocsp.ca.example/", b"r")
        assert answer == b"http://ocsp.ca.example/ Basic bWU6c2UgY3JldA== r"

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://localhost/"]
    )
    def test_it_is_not_sent_to_networks_of_ours(self, responder: str, url: str) -> None:
        with pytest.raises(NotAsked, match="no public"):
            OcspFetcher(SystemClock(), proxies=Proxies({"http": responder}))(url, b"request")

    def test_only_plain_http_proxies_are_known(self) -> None:
        fetch = OcspFetcher(SystemClock(), proxies=Proxies({"http": "socks5://me:secret@proxy.example"}))
        with pytest.raises(NotAsked, match=r"^socks5://proxy\.example is no plain http proxy"):
            fetch("http://ocsp.ca.example/", b"request")
