"""http-01 (RFC 8555 section 8.3): the key authorization at a well-known path."""

from __future__ import annotations

import http.client
import io
import ssl
import time
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urljoin, urlsplit

from everseal.localca.validation.dialling import authority, dial, explain
from everseal.localca.validation.network import Network, ValidationFailed
from everseal.model.errors import BadName
from everseal.model.frozen import dataclass
from everseal.model.names import parse_identifier
from everseal.system.deadline import DeadlineReader

if TYPE_CHECKING:
    import socket

    from everseal.acme.challenges import Presentation

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_MOST_REDIRECTS: Final = 10
_LONGEST_BODY: Final = 128
_USER_AGENT: Final = "Everseal test CA (validation)"


@dataclass(frozen=True, slots=True)
class _Target:
    """One URL on the way."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{authority(self.host, self.port)}{self.path}"


def validate_http01(challenge: Presentation, network: Network) -> None:
    """Follows up to ten redirects (301, 302, 307, 308) to http and https ports, certificates unchecked.

    Raises ValidationFailed.
    """
    host = challenge.identifier.value
    target = _Target("http", host, network.http_port, challenge.http_path)
    deadline = time.monotonic() + network.timeout
    for _ in range(_MOST_REDIRECTS + 1):
        status, location, body = _fetch(target, network, deadline)
        if status not in _REDIRECTS:
            _check(target, status, body, challenge.key_authorization)
            return
        target = _redirected(target, location, network)
    raise ValidationFailed("connection", f"too many redirects from http://{host}")


def _check(target: _Target, status: int, body: bytes, expected: str) -> None:
    if status != 200:
        raise ValidationFailed("unauthorized", f"invalid response from {target}: {status}")
    if body.rstrip() != expected.encode("ascii"):
        shown = body[:_LONGEST_BODY].decode("ascii", "replace")
        raise ValidationFailed(
            "unauthorized", f"the key authorization file from {target} did not match: {shown!r}"
        )


def _fetch(target: _Target, network: Network, deadline: float) -> tuple[int, str, bytes]:
    """Status, Location and the start of the body."""
    try:
        addresses = network.addresses(parse_identifier(target.host))
    except BadName as error:
        raise ValidationFailed("connection", f"redirected to a bad host: {error.message}") from None
    connection = dial(addresses, target.port, deadline=deadline)
    try:
        with connection:
            return _exchange(connection, target, network, deadline)
    except (OSError, http.client.HTTPException) as error:
        why = explain(error) if isinstance(error, OSError) else f"no HTTP ({type(error).__name__})"
        raise ValidationFailed("connection", f"fetching {target}: {why}") from None


def _exchange(
    connection: socket.socket, target: _Target, network: Network, deadline: float
) -> tuple[int, str, bytes]:
    usual = {"http": network.http_port, "https": network.tls_port}[target.scheme]
    host = target.host if target.port == usual else authority(target.host, target.port)
    request = (
        f"GET {target.path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {_USER_AGENT}\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n"
    )
    with _secured(connection, target.host) if target.scheme == "https" else connection as stream:
        stream.sendall(request.encode("ascii"))
        response = http.client.HTTPResponse(cast("socket.socket", _Readable(stream, deadline)))
        response.begin()
        return response.status, response.headers.get("Location", ""), response.read(_LONGEST_BODY)


class _Readable:
    """What HTTPResponse wants of a socket."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._reader = DeadlineReader(connection, seconds=deadline - time.monotonic())

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


def _secured(connection: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=host)


def _redirected(target: _Target, location: str, network: Network) -> _Target:
    """Raises ValidationFailed for a redirect to where a validator does not go."""
    try:
        parts = urlsplit(urljoin(str(target), location))
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host, parts = None, None, urlsplit("")
    ports = {"http": network.http_port, "https": network.tls_port}
    if not location or not host or parts.scheme not in ports or not parts.geturl().isascii():
        raise ValidationFailed("connection", f"fetching {target}: the redirect leads to no usable URL")
    port = port or ports[parts.scheme]
    if port not in (80, 443, *ports.values()):
        raise ValidationFailed("connection", f"fetching {target}: the redirect leads to port {port}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if any(character <= " " or character == "\x7f" for character in path):
        raise ValidationFailed("connection", f"fetching {target}: the redirect leads to no usable URL")
    return _Target(parts.scheme, host, port, path)
