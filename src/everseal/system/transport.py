"""The transport for real networks, on urllib3.

One pool of kept-alive connections per host, one TLS context, any number of threads.  What urllib3
leaves open is closed here: the whole exchange has a deadline, however slowly a server drips its
answer, and no answer takes more memory than its request allows.
"""

from __future__ import annotations

import errno
import http.client
import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from everseal.model.errors import OperatorError
from everseal.system.http import (
    BadUrl,
    BodyTooLarge,
    ConnectionBroken,
    ConnectionRefused,
    HttpFailure,
    HttpRequest,
    HttpResponse,
    NameNotResolved,
    ProxyFailed,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from everseal.system.proxies import NO_PROXIES, Proxies, without_credentials

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CONNECT_SECONDS: Final = 10.0
_CONNECTIONS_PER_HOST: Final = 32
_CHUNK: Final = 64 * 1024
_MOST_BYTES: Final = 8 * 1024 * 1024
_NO_RETRIES: Final = urllib3.Retry(False, redirect=False)


class BadTrustStore(OperatorError):
    """A file or directory of trusted CAs that cannot be used."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"the trusted CA certificates in {path} cannot be used: {why}",
            remedy="give a file with certificates in PEM form, or a directory that `openssl rehash` made",
        )


class UrllibTransport:
    """Sends requests; see :class:`everseal.system.http.Transport`.

    ``ca_bundle`` (a PEM file or a hashed directory) replaces the system's trusted CAs.  ``verify=False``
    trusts anybody; whoever passes it has warned the operator.  Follows no redirects, repeats nothing.
    """

    def __init__(
        self,
        *,
        ca_bundle: str | None = None,
        verify: bool = True,
        proxies: Proxies = NO_PROXIES,
        user_agent: str | None = None,
        connections: int = _CONNECTIONS_PER_HOST,
    ) -> None:
        self._ca_bundle = ca_bundle
        self._verify = verify
        self._proxies = proxies
        self._user_agent = user_agent
        self._connections = connections
        self._lock = threading.Lock()
        self._managers: dict[str | None, urllib3.PoolManager] = {}
        self._tls: ssl.SSLContext | None = None

    def send(self, request: HttpRequest) -> HttpResponse:
        """Raises HttpFailure; see :class:`everseal.system.http.Transport`."""
        try:
            proxy = self._proxies.for_url(request.url)
            parsed = urllib3.util.parse_url(request.url)
        except (LocationParseError, ValueError):
            raise BadUrl(request.url) from None
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise BadUrl(request.url)
        host = parsed.netloc or parsed.host
        manager = self._manager(proxy)
        with _translated(host, request, proxy):
            return _exchange(manager, request, self._headers(request), host)

    def close(self) -> None:
        """Close the idle connections; the transport can still be used."""
        with self._lock:
            managers = tuple(self._managers.values())
            self._managers.clear()
        for manager in managers:
            manager.clear()

    def _headers(self, request: HttpRequest) -> dict[str, str]:
        defaults = {"Accept-Encoding": "identity"}
        if self._user_agent is not None:
            defaults["User-Agent"] = self._user_agent
        return defaults | dict(request.headers)

    def _manager(self, proxy: str | None) -> urllib3.PoolManager:
        with self._lock:
            if proxy not in self._managers:
                self._managers[proxy] = self._new_manager(proxy)
            return self._managers[proxy]

    def _new_manager(self, proxy: str | None) -> urllib3.PoolManager:
        if self._tls is None:
            self._tls = _trust(self._ca_bundle, verify=self._verify)
        manager: urllib3.PoolManager
        if proxy is None:
            manager = urllib3.PoolManager(maxsize=self._connections, ssl_context=self._tls)
        else:
            manager = _through(proxy, self._connections, self._tls)
        https = _HttpsPool if self._verify else _UnverifiedHttpsPool
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": https}
        return manager


def _through(proxy: str, connections: int, tls: ssl.SSLContext) -> urllib3.ProxyManager:
    try:
        credentials = urllib3.util.parse_url(proxy).auth
        headers = None if credentials is None else urllib3.util.make_headers(proxy_basic_auth=credentials)
        return urllib3.ProxyManager(
            proxy, maxsize=connections, ssl_context=tls, proxy_ssl_context=tls, proxy_headers=headers
        )
    except (HTTPError, ValueError):
        raise ProxyFailed(
            without_credentials(proxy), "any server", "its URL is not one of an HTTP proxy"
        ) from None


def _trust(ca_bundle: str | None, *, verify: bool) -> ssl.SSLContext:
    try:
        if ca_bundle is None:
            context = ssl.create_default_context()
        elif os.path.isdir(ca_bundle):
            context = ssl.create_default_context(capath=ca_bundle)
        else:
            context = ssl.create_default_context(cafile=ca_bundle)
    except ssl.SSLError:
        raise BadTrustStore(str(ca_bundle), "there is no certificate in it") from None
    except OSError as error:
        raise BadTrustStore(str(ca_bundle), error.strerror or str(error)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _exchange(
    manager: urllib3.PoolManager, request: HttpRequest, headers: dict[str, str], host: str
) -> HttpResponse:
    timeout = urllib3.Timeout(total=request.seconds, connect=min(_CONNECT_SECONDS, request.seconds))
    answer = manager.urlopen(
        request.method,
        request.url,
        body=request.body,
        headers=headers,
        timeout=timeout,
        redirect=False,
        retries=_NO_RETRIES,
        preload_content=False,
        decode_content=False,
    )
    try:
        body = _read(answer, request.limit, host)
        answer.release_conn()
    except BaseException:
        answer.close()
        raise
    return HttpResponse(answer.status, tuple(answer.headers.items()), body)


def _read(answer: urllib3.BaseHTTPResponse, limit: int, host: str) -> bytes:
    stated = answer.headers.get("Content-Length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:20]) > limit and answer.length_remaining:
        raise BodyTooLarge(host, limit)
    parts, size = [], 0
    for part in answer.stream(_CHUNK, decode_content=False):
        size += len(part)
        if size > limit:
            raise BodyTooLarge(host, limit)
        parts.append(part)
    return b"".join(parts)


@contextmanager
def _translated(host: str, request: HttpRequest, proxy: str | None) -> Iterator[None]:
    """urllib3's exceptions as ours."""
    try:
        yield
    except ProxyError as error:
        assert proxy is not None
        why = _reason(error.original_error)
        raise ProxyFailed(without_credentials(proxy), host, why) from error
    except (HTTPError, http.client.HTTPException, TimeoutError, OSError) as error:
        raise _failure(error, host, request) from error
    except UnicodeError:
        raise BadUrl(request.url) from None


def _failure(error: Exception, host: str, request: HttpRequest) -> HttpFailure:
    match error:
        case NameResolutionError():
            return NameNotResolved(host)
        case NewConnectionError():
            return _no_connection(error, host)
        case ConnectTimeoutError():
            return Unreachable(host, "nobody answers")
        case ReadTimeoutError() | TimeoutError():
            return TimedOut(host, request.seconds)
        case SSLError() | ssl.SSLError():
            return _tls_failure(error, host)
        case _:
            return ConnectionBroken(host, _reason(error))


def _no_connection(error: NewConnectionError, host: str) -> HttpFailure:
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
        return ConnectionRefused(host)
    return Unreachable(host, _reason(cause or error))


def _tls_failure(error: Exception, host: str) -> HttpFailure:
    cause = _root_cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TlsFailed(host, cause.verify_message or "its certificate is not valid", remedy=_mend(cause))
    if isinstance(cause, ssl.SSLError) and cause.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST"}:
        return TlsFailed(
            host, "it does not speak TLS on this port", remedy="check the port and the scheme of the URL"
        )
    why = cause.reason if isinstance(cause, ssl.SSLError) else None
    return TlsFailed(
        host, (why or str(cause)).replace("_", " ").lower(), remedy="check that the server's TLS works at all"
    )


def _mend(error: ssl.SSLCertVerificationError) -> str:
    message = error.verify_message or ""
    if "expired" in message or "not yet valid" in message:
        return "check this machine's clock; if it is right, the server's certificate is to be renewed"
    if "match" in message.lower():
        return "check the host in the URL: the certificate is for another one"
    return "check the URL; if the CA has a root of its own, name its file with --ca-bundle"


def _root_cause(error: BaseException) -> BaseException:
    """The innermost exception that was wrapped."""
    for _ in range(10):
        inner = next((one for one in error.args if isinstance(one, BaseException)), error.__cause__)
        if inner is None:
            break
        error = inner
    return error


def _reason(error: BaseException) -> str:
    cause = _root_cause(error)
    match cause:
        case http.client.RemoteDisconnected():
            return "it was closed without an answer"
        case http.client.IncompleteRead() | urllib3.exceptions.IncompleteRead():
            return "the answer was cut short"
        case OSError() if cause.strerror:
            return cause.strerror.lower()
        case _:
            return str(cause).lower() or type(cause).__name__


class _TimedReader(io.RawIOBase):
    """Reads a socket until a deadline and a number of bytes, whatever the pieces are."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, seconds: float | None) -> None:
        super().__init__()
        self._raw = raw
        self._connection = connection
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the deadline has passed")
            self._connection.settimeout(left)
        count = self._raw.readinto(buffer)
        self._bytes += count or 0
        if self._bytes > _MOST_BYTES:
            raise http.client.HTTPException("the answer never ends")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    """A response whose every byte comes before the time that its socket was given."""

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_TimedReader(raw, sock, sock.gettimeout()))


class _HttpConnection(HTTPConnection):
    response_class = _DeadlineResponse


class _HttpsConnection(HTTPSConnection):
    response_class = _DeadlineResponse


class _UnverifiedHttpsConnection(_HttpsConnection):
    """Says that it is verified: the operator chose not to, and has been warned once already."""

    def connect(self) -> None:
        super().connect()
        self.is_verified = True


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class _UnverifiedHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _UnverifiedHttpsConnection
