"""A small HTTP/1.1 server on the standard library: threads, TLS, limits, nothing else.

The built-in CA and the standalone solver answer with it.  A handler is one function from request to
response; it is called in the thread of its connection, so several calls run at the same time.

Bounds: the number of connections handled at once, the time a peer may idle, the time a whole request
or response may take, the size of a body.  ``Transfer-Encoding`` is refused (411): no client of ours needs it.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Final, cast

from everseal.system.conversation import (
    Conversation,
    Handler,
    Limits,
    ResetConnection,
    ServerRequest,
    ServerResponse,
    hang_up,
)
from everseal.system.listening import AddressUnusable, bind_all

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence
    from types import TracebackType

__all__ = [
    "ANY_ADDRESS",
    "LOOPBACK",
    "AddressUnusable",
    "Handler",
    "HttpServer",
    "Limits",
    "ResetConnection",
    "ServerRequest",
    "ServerResponse",
]

ANY_ADDRESS: Final = ("::", "0.0.0.0")
LOOPBACK: Final = ("127.0.0.1",)
_HTTP_PROTOCOL: Final = "http/1.1"
_FAREWELL: Final = 0.5


def _ignore(_error: Exception) -> None:
    """A handler's error is nobody's concern unless the owner of the server says so."""


class HttpServer:
    """Listens from construction, answers from ``start()`` until ``stop()``.

    ``addresses`` are IP literals; IPv6 sockets are IPv6 only, and a family that this machine lacks is
    left out where another one remains.  ``port`` 0 takes a free one, the same for every address.
    Raises PortBusy, PortForbidden, AddressUnusable.

    With ``tls`` every connection begins with a handshake; a peer that negotiates an ALPN protocol other
    than ``http/1.1`` (as tls-alpn-01 does) is hung up on after it.  ``on_error`` gets what a handler raises
    (the peer gets a 500).
    """

    def __init__(
        self,
        handler: Handler,
        *,
        addresses: Sequence[str] = LOOPBACK,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
        on_error: Callable[[Exception], None] = _ignore,
    ) -> None:
        self._handler = handler
        self._tls = tls
        self._limits = limits or Limits()
        self._on_error = on_error
        self._listeners = bind_all(addresses, port)
        self.port = int(self._listeners[0].getsockname()[1])
        self._wake_reader, self._wake_writer = os.pipe()
        self._slots = threading.BoundedSemaphore(self._limits.connections)
        self._open: dict[int, socket.socket] = {}
        self._lock = threading.Lock()
        self._accepted = 0
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def connections_accepted(self) -> int:
        """How many connections there have been so far."""
        return self._accepted

    def start(self) -> None:
        self._thread = threading.Thread(target=self._accept_loop, name=f"httpd:{self.port}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the listeners, then hang up on every connection; may be called twice."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
        os.write(self._wake_writer, b"x")
        if self._thread is not None:
            self._thread.join()
        for listener in self._listeners:
            listener.close()
        with self._lock:
            connections = list(self._open.values())
        for connection in connections:
            with contextlib.suppress(OSError):
                hang_up(connection, socket.SHUT_RDWR)
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def __enter__(self) -> HttpServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept_loop(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reader, selectors.EVENT_READ)
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            while not self._stopping:
                for key, _ in selector.select():
                    if key.fileobj != self._wake_reader:
                        self._accept(cast("socket.socket", key.fileobj))

    def _accept(self, listener: socket.socket) -> None:
        """Take one connection once a slot is free; until then the backlog holds it."""
        while not self._slots.acquire(timeout=0.2):
            if self._stopping:
                return
        try:
            connection, address = listener.accept()
        except OSError as error:
            self._slots.release()
            if not isinstance(error, BlockingIOError):
                time.sleep(_FAREWELL)  # out of descriptors: the next try needs some to be closed
            return
        self._accepted += 1
        arguments = (connection, str(address[0]), self._accepted)
        threading.Thread(target=self._serve, args=arguments, name=f"httpd:{self.port}", daemon=True).start()

    def _serve(self, connection: socket.socket, peer: str, number: int) -> None:
        with self._lock:
            self._open[number] = connection
        try:
            if not self._stopping:
                self._converse(connection, peer, number)
        except OSError:  # the peer's hang-ups, time limits and TLS failures end the connection, nothing more
            pass
        finally:
            with self._lock:
                self._open.pop(number, None)
            connection.close()
            self._slots.release()

    def _converse(self, connection: socket.socket, peer: str, number: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            Conversation(connection, peer, number, self._handler, self._limits, self._on_error)
            return
        connection.settimeout(self._limits.request)
        with self._tls.wrap_socket(connection, server_side=True) as secured:
            with self._lock:
                self._open[number] = secured
            if secured.selected_alpn_protocol() in (None, _HTTP_PROTOCOL):
                Conversation(secured, peer, number, self._handler, self._limits, self._on_error)
            secured.settimeout(_FAREWELL)
            with contextlib.suppress(OSError):
                secured.unwrap()
