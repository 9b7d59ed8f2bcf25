"""A listener that does TLS handshakes and nothing after them."""

from __future__ import annotations

import os
import selectors
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from everseal.solvers.client_hello import (
    RECORD_HEADER,
    BadHello,
    ClientHello,
    parse_client_hello,
    record_length,
)
from everseal.system.listening import bind_all

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

_SECONDS: Final = 10
_FAREWELL: Final = 0.5
_CONNECTIONS: Final = 64
_FATAL_ALERT: Final = bytes([21, 3, 3, 0, 2, 2])
_UNRECOGNIZED_NAME: Final = 112
_NO_APPLICATION_PROTOCOL: Final = 120


class HandshakeServer:
    """Bound from construction, answers from ``start()`` until ``stop()``.

    A client has to offer ``protocol`` by ALPN and to ask for a name that ``choose`` has a context for;
    every other one gets an alert before it sees a certificate.  Raises PortBusy, PortForbidden,
    AddressUnusable.
    """

    def __init__(
        self,
        choose: Callable[[str], ssl.SSLContext | None],
        *,
        protocol: str,
        addresses: Sequence[str],
        port: int,
    ) -> None:
        self._choose = choose
        self._protocol = protocol
        self._listeners = bind_all(addresses, port)
        self.port = int(self._listeners[0].getsockname()[1])
        self._wake_reader, self._wake_writer = os.pipe()
        self._slots = threading.BoundedSemaphore(_CONNECTIONS)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._accept_loop, name=f"tls-alpn:{self.port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Free the port; handshakes under way end by themselves within seconds."""
        self._stopping.set()
        os.write(self._wake_writer, b"x")
        self._thread.join()
        for listener in self._listeners:
            listener.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def _accept_loop(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reader, selectors.EVENT_READ)
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in selector.select():
                    if key.fileobj != self._wake_reader:
                        self._accept(cast("socket.socket", key.fileobj))

    def _accept(self, listener: socket.socket) -> None:
        """Take one connection once a slot is free; until then the backlog holds it."""
        while not self._slots.acquire(timeout=0.2):
            if self._stopping.is_set():
                return
        try:
            connection, _ = listener.accept()
        except OSError as error:
            self._slots.release()
            if not isinstance(error, BlockingIOError):
                time.sleep(_FAREWELL)  # out of descriptors: the next try needs some to be closed
            return
        threading.Thread(target=self._serve, args=(connection,), name="tls-alpn", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, BadHello):
            try:
                self._answer(connection)
            finally:
                self._slots.release()

    def _answer(self, connection: socket.socket) -> None:
        hello, size = _peek_at_hello(connection)
        connection.settimeout(_SECONDS)
        if self._protocol not in hello.protocols:
            _refuse(connection, size, _NO_APPLICATION_PROTOCOL)
            return
        context = self._choose(hello.server_name or "")
        if context is None:
            _refuse(connection, size, _UNRECOGNIZED_NAME)
            return
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.settimeout(_FAREWELL)
            with suppress(OSError):
                secured.unwrap()


def _peek_at_hello(connection: socket.socket) -> tuple[ClientHello, int]:
    """Look at the first record and leave it unread for the handshake; its size is counted with its header."""
    connection.setblocking(True)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _SECONDS, 0))
    header = connection.recv(RECORD_HEADER, socket.MSG_PEEK | socket.MSG_WAITALL)
    size = RECORD_HEADER + record_length(header)
    record = connection.recv(size, socket.MSG_PEEK | socket.MSG_WAITALL)
    return parse_client_hello(record[RECORD_HEADER:]), size


def _refuse(connection: socket.socket, size: int, alert: int) -> None:
    """Read what was peeked at first: closing with something unread would reset the alert away."""
    connection.recv(size, socket.MSG_WAITALL)
    connection.sendall(_FATAL_ALERT + bytes([alert]))
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(_FAREWELL)
    while connection.recv(1024):
        pass
