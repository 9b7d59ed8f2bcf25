"""Asking an OCSP responder: one small request over plain http, to public addresses, bounded in all ways.

The URL comes out of a certificate, so that it may lead anywhere: only addresses of the public internet are
asked, no redirect is followed, and no more than a small answer is read.  Where the environment names a
proxy, the proxy looks the name up, and only addresses that the URL itself spells out can be refused here.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
from base64 import b64encode
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from everseal.system.proxies import NO_PROXIES, Proxies, without_credentials

if TYPE_CHECKING:
    from everseal.model.clock import Clock

_SECONDS: Final = 10.0
_LIMIT: Final = 64 * 1024


class NotAsked(Exception):
    """No answer, for the reason in the message."""


class OcspFetcher:
    """``public_only`` off lets it ask responders on this machine and its networks too."""

    def __init__(self, clock: Clock, *, public_only: bool = True, proxies: Proxies = NO_PROXIES) -> None:
        self._clock = clock
        self._public_only = public_only
        self._proxies = proxies

    def __call__(self, url: str, request: bytes) -> bytes:
        """The answer to a DER request (RFC 6960 appendix A).  Raises NotAsked."""
        parts, host, port = _parted(url)
        until = self._clock.monotonic() + _SECONDS
        proxy = self._proxies.for_url(url)
        headers = _headers(parts.netloc)
        if proxy is None:
            address, target = self._address(host, port), _path(parts)
        else:
            self._demand_no_private(host)
            address, port, headers = _through(proxy, headers)
            target = f"http://{parts.netloc}{_path(parts)}"
        try:
            with closing(http.client.HTTPConnection(address, port, timeout=_SECONDS)) as connection:
                connection.request("POST", target, body=request, headers=headers)
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
            if self._may_be_asked(address):
                return address
        raise NotAsked(f"{host} has no public address")

    def _demand_no_private(self, host: str) -> None:
        try:
            if not self._may_be_asked(host):
                raise NotAsked(f"{host} is no public address")
        except ValueError:
            if self._public_only and host.rstrip(".").rpartition(".")[2].lower() == "localhost":
                raise NotAsked(f"{host} is no public host") from None

    def _may_be_asked(self, address: str) -> bool:
        """Raises ValueError for what is no address."""
        return ipaddress.ip_address(address.partition("%")[0]).is_global or not self._public_only


def _parted(url: str) -> tuple[SplitResult, str, int]:
    """The URL with its host and port.  Raises NotAsked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        raise NotAsked(f"{url} is no URL") from None
    if parts.scheme != "http" or host is None:
        raise NotAsked(f"{url} is no http URL")
    return parts, host, port


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _through(proxy: str, headers: dict[str, str]) -> tuple[str, int, dict[str, str]]:
    """Host and port of the proxy, and the headers with its credentials.  Raises NotAsked."""
    try:
        parts, host, port = _parted(proxy)
    except NotAsked:
        raise NotAsked(f"{without_credentials(proxy)} is no plain http proxy") from None
    if parts.username is None:
        return host, port, headers
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return host, port, {**headers, "Proxy-Authorization": f"Basic {b64encode(credentials).decode()}"}


def _headers(host: str) -> dict[str, str]:
    return {
        "Host": host,
        "Content-Type": "application/ocsp-request",
        "Accept": "application/ocsp-response",
        "Connection": "close",
    }
