"""The beginning of a TLS handshake, read just far enough to know what the client asks for.

RFC 8446 section 4.1.2 (ClientHello), RFC 6066 section 3 (server_name), RFC 7301 section 3.1 (ALPN).
The standard library shows a server the name but not the offered protocols, and RFC 8737 wants the
challenge certificate to be shown to nobody who did not offer ``acme-tls/1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD_HEADER: Final = 5
LONGEST_RECORD: Final = 16 * 1024
_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
_SERVER_NAME: Final = 0
_ALPN: Final = 16
_HOST_NAME: Final = 0


class BadHello(ValueError):
    """Bytes that are no ClientHello in one record."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """``server_name`` in lower case without a trailing dot; None where there is none."""

    server_name: str | None
    protocols: tuple[str, ...]


def record_length(header: bytes) -> int:
    """The length of the record after its header of five bytes; raises BadHello."""
    if len(header) != RECORD_HEADER or header[0] != _HANDSHAKE or header[1] != 3:
        raise BadHello("no TLS handshake")
    length = int.from_bytes(header[3:5])
    if length > LONGEST_RECORD:
        raise BadHello("a record too long")
    return length


def parse_client_hello(record: bytes) -> ClientHello:
    """``record`` is the content of the first record, without its header; raises BadHello."""
    message = _Reader(record)
    if message.number(1) != _CLIENT_HELLO:
        raise BadHello("no ClientHello")
    hello = _Reader(message.vector(3))
    hello.take(2 + 32)
    for width in (1, 2, 1):  # session, cipher suites, compression methods
        hello.vector(width)
    server_name: str | None = None
    protocols: tuple[str, ...] = ()
    if hello.is_left:
        for kind, body in _extensions(_Reader(hello.vector(2))):
            if kind == _SERVER_NAME:
                server_name = _read_server_name(_Reader(body))
            elif kind == _ALPN:
                protocols = _read_protocols(_Reader(body))
    return ClientHello(server_name, protocols)


def _extensions(reader: _Reader) -> Iterator[tuple[int, bytes]]:
    while reader.is_left:
        yield reader.number(2), reader.vector(2)


def _read_server_name(reader: _Reader) -> str | None:
    names = _Reader(reader.vector(2))
    while names.is_left:
        kind, name = names.number(1), names.vector(2)
        if kind == _HOST_NAME:
            return _text(name).lower().removesuffix(".")
    return None


def _read_protocols(reader: _Reader) -> tuple[str, ...]:
    names = _Reader(reader.vector(2))
    protocols = []
    while names.is_left:
        protocols.append(names.vector(1).decode("latin-1"))
    return tuple(protocols)


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise BadHello("a server name that is not ASCII") from None


class _Reader:
    """Takes numbers and length-prefixed vectors from the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_left(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        if len(piece) != size:
            raise BadHello("it ends too early")
        self._at += size
        return piece

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        return self.take(self.number(width))
