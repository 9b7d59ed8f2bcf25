"""A TLS proxy before a CA: counts connections, writes requests down, and changes answers if a test says so.

CAs that build their URLs from the Host header (pebble does) keep their clients on the proxy.
"""

import http.client
import http.server
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.servers.listener import make_listener

# What belongs to one connection and not to the message, and what the proxy's own answer says anew.
_NOT_PASSED_ON = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer."""

    connection: int  # the client's TCP connections, counted from 1
    method: str
    path: str
    status: int
    headers: tuple[tuple[str, str], ...]  # of the answer
    body: bytes
    declared_length: int | None = None  # of the answer; more than the body has makes a truncated answer


Alter = Callable[[Exchange], Exchange]


class RecordingProxy:
    """Listens on loopback; a client is given `directory_url` and `ca_bundle` instead of the CA's own."""

    def __init__(self, directory_url: str, ca_bundle: Path, folder: Path) -> None:
        upstream = urlsplit(directory_url)
        listener = make_listener(folder)
        self.ca_bundle = listener.ca_bundle
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._server = _Server(self, upstream.netloc, ca_bundle)
        self._server.tls.load_cert_chain(listener.certificate, listener.key)
        self.alter: Alter = lambda exchange: exchange
        self.directory_url = f"https://127.0.0.1:{self._server.server_port}{upstream.path}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="recording proxy"
        )
        self._thread.start()

    @property
    def exchanges(self) -> list[Exchange]:
        """What passed since the start or the last `forget`, as the CA answered it."""
        with self._lock:
            return list(self._exchanges)

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Method and path of each exchange."""
        return [(exchange.method, exchange.path) for exchange in self.exchanges]

    @property
    def connections(self) -> int:
        """Over how many TCP connections they came."""
        return len({exchange.connection for exchange in self.exchanges})

    def note(self, exchange: Exchange) -> None:
        """Called by the connection's thread for each exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    def forget(self) -> None:
        """Start writing down anew."""
        with self._lock:
            self._exchanges.clear()

    def stop(self) -> None:
        """Stop listening and end what is open."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them

    def __init__(self, proxy: RecordingProxy, upstream: str, upstream_ca: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.proxy = proxy
        self.upstream = upstream
        self.upstream_tls = ssl.create_default_context(cafile=str(upstream_ca))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._lock = threading.Lock()
        self._open: set[ssl.SSLSocket] = set()
        self._count = 0

    def next_number(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The handshake takes place here, in the connection's own thread, so that a slow one delays no other.
        try:
            client = self.tls.wrap_socket(request, server_side=True)
        except OSError:
            return  # the client's complaint about the certificate is the client's to report
        with client:
            with self._lock:
                self._open.add(client)
            try:
                super().finish_request(client, client_address)
            finally:
                with self._lock:
                    self._open.discard(client)

    def hang_up(self) -> None:
        with self._lock:
            for client in self._open:
                client.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none of our business."""


class _Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.number = self.server.next_number()
        self.upstream = http.client.HTTPSConnection(
            self.server.upstream, context=self.server.upstream_tls, timeout=60
        )

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def do_GET(self) -> None:
        self._pass_on()

    def do_HEAD(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, _format: str, *args: object) -> None:
        """The exchanges are the log."""

    def _pass_on(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _NOT_PASSED_ON:
                self.upstream.putheader(name, value)
        if self.command == "POST":
            self.upstream.putheader("Content-Length", str(len(content)))
        self.upstream.endheaders(content or None)
        answer = self.upstream.getresponse()
        headers = tuple(
            (name, value) for name, value in answer.getheaders() if name.lower() not in _NOT_PASSED_ON
        )
        exchange = Exchange(self.number, self.command, self.path, answer.status, headers, answer.read())
        self.server.proxy.note(exchange)
        self._answer(self.server.proxy.alter(exchange))

    def _answer(self, exchange: Exchange) -> None:
        length = len(exchange.body) if exchange.declared_length is None else exchange.declared_length
        self.send_response_only(exchange.status)
        for name, value in exchange.headers:
            self.send_header(name, value)
        if self.command != "HEAD" and exchange.status not in (204, 304):
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(exchange.body)
        if length != len(exchange.body):
            self.close_connection = True
