"""HTTP as the protocol rooms see it: a request, a response, a transport, and what can go wrong.

No socket is here; :mod:`everseal.system.transport` has the one implementation for real networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, Final, Protocol

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass

DEFAULT_LIMIT: Final = 1024 * 1024
DEFAULT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request.  ``limit`` bounds the answer's body in bytes, ``seconds`` the whole exchange."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    limit: int = DEFAULT_LIMIT
    seconds: float = DEFAULT_SECONDS


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response, read whole.  ``headers`` are in the order received, repeated ones apart."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header of this name, in any case."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every header of this name, in any case."""
        wanted = name.lower()
        return tuple(value for known, value in self.headers if known.lower() == wanted)


class Transport(Protocol):
    """Sends one request and reads the answer; follows no redirects and repeats nothing.

    Implementations serve any number of threads.
    """

    def send(self, request: HttpRequest) -> HttpResponse:
        """Raises HttpFailure when there is no whole answer; any status is an answer."""


class HttpFailure(OperatorError):
    """No answer, or not a whole one.

    ``is_transient`` says that the same request may well succeed a moment later; ``was_sent`` that the
    server may have acted on it, so that only a request that is harmless twice is repeated.
    """

    is_transient: ClassVar[bool] = False
    was_sent: ClassVar[bool] = False

    def __init__(self, message: str, *, remedy: str, host: str) -> None:
        super().__init__(message, remedy=remedy)
        self.host = host


class BadUrl(HttpFailure):
    """A text that is no http or https URL."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is not a URL", remedy="write it as https://host/path", host="")


class NameNotResolved(HttpFailure):
    """The host has no address."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"the host {host} is not known",
            remedy="check the spelling of the URL, and that this machine can resolve names",
            host=host,
        )


class ConnectionRefused(HttpFailure):
    """Nothing listens there."""

    is_transient = True

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} refused the connection",
            remedy="check that the server is running and that the port is right",
            host=host,
        )


class Unreachable(HttpFailure):
    """No way to the host: no route, or nobody answers in time."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"{host} cannot be reached: {why}",
            remedy="check the network, the firewall and, where one is needed, the proxy (HTTPS_PROXY)",
            host=host,
        )


class ProxyFailed(HttpFailure):
    """The proxy does not let us through."""

    def __init__(self, proxy: str, host: str, why: str) -> None:
        super().__init__(
            f"the proxy {proxy} did not connect to {host}: {why}",
            remedy="check HTTPS_PROXY and NO_PROXY, and whether the proxy allows this host",
            host=host,
        )


class TlsFailed(HttpFailure):
    """The server cannot be trusted, or speaks no TLS."""

    def __init__(self, host: str, why: str, *, remedy: str) -> None:
        super().__init__(f"no trusted TLS connection to {host}: {why}", remedy=remedy, host=host)


class ConnectionBroken(HttpFailure):
    """The connection ended before the answer did."""

    is_transient = True
    was_sent = True

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"the connection to {host} broke: {why}",
            remedy="try again; if it happens each time, look for a proxy or firewall in between",
            host=host,
        )


class TimedOut(HttpFailure):
    """No whole answer within the time allowed."""

    was_sent = True

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            f"{host} gave no complete answer within {seconds:g} seconds",
            remedy="try again later; the server or the way to it is too slow",
            host=host,
        )


class BodyTooLarge(HttpFailure):
    """An answer beyond all measure, of which no more was read."""

    was_sent = True

    def __init__(self, host: str, limit: int) -> None:
        super().__init__(
            f"the answer of {host} is larger than {limit:,} bytes",
            remedy="check that the URL is the one you mean: no such answer is that large",
            host=host,
        )
