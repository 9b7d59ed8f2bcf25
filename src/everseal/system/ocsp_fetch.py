"""Asking an OCSP responder: one small request over plain http, to public addresses, bounded in all ways.

The URL comes out of a certificate, so that it may lead anywhere: only addresses of the public internet are
asked, no redirect is followed, and no more than a small answer is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from everseal.model.clock import Clock

_SECONDS: Final = 10.0
_LIMIT: Final = 64 * 1024


class NotAsked(Exception):
    """No answer, for the reason in the message."""


class OcspFetcher:
    """``public_only`` off lets it ask responders on this machine and its networks too."""

    def __init__(self, clock: Clock, *, public_only: bool = True) -> None:
        self._clock = clock
        self._public_only = public_only

    def __call__(self, url: str, request: bytes) -> bytes:
        """The answer to a DER request (RFC 6960 appendix A).  Raises NotAsked."""
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port or 80
        except ValueError:
            raise NotAsked(f"{url} is no URL") from None
        if parts.scheme != "http" or host is None:
            raise NotAsked(f"{url} is no http URL")
        until = self._clock.monotonic() + _SECONDS
        address = self._address(host, port)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with closing(http.client.HTTPConnection(address, port, timeout=_SECONDS)) as connection:
                connection.request("POST", path, body=request, headers=_headers(parts.netloc))
                return self._read(connection.getresponse(), until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotAsked(f"{url}: {error}") from None

    def _read(self, response: http.client.HTTPResponse, until: float) -> bytes:
        if response.status != http.HTTPStatus.OK:
            raise NotAsked(f"the responder answers {response.status}")
        answer = b""
        while part := response.read1(_LIMIT):
            answer += part
            if len(answer) > _LIMIT:
                raise NotAsked("the answer is too large")
            if self._clock.monotonic() > until:
                raise NotAsked("the answer takes too long")
        return answer

    def _address(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotAsked(f"{host}: {error}") from None
        for *_, place in found:
            address = str(place[0])
            if not self._public_only or ipaddress.ip_address(address.partition("%")[0]).is_global:
                return address
        raise NotAsked(f"{host} has no public address")


def _headers(host: str) -> dict[str, str]:
    return {
        "Host": host,
        "Content-Type": "application/ocsp-request",
        "Accept": "application/ocsp-response",
        "Connection": "close",
    }
