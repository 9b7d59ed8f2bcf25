"""What ACME puts on the wire, checked at the edge: URLs and their origins, tokens, links, times, bounds.

Everything here comes from a CA, or from somebody in its place, and is trusted by nobody until it
has passed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin, urlsplit

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.text import printable

JSON_LIMIT: Final = 1024 * 1024
CHAIN_LIMIT: Final = 256 * 1024
MOST_CERTIFICATES: Final = 10
MOST_REDIRECTS: Final = 3
REQUEST_SECONDS: Final = 60.0
HURRIED_SECONDS: Final = 8.0

JOSE_JSON: Final = "application/jose+json"
PROBLEM_JSON: Final = "application/problem+json"
JSON: Final = "application/json"
PEM_CHAIN: Final = "application/pem-certificate-chain"

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{1,1024}")
_URL: Final = re.compile(r"[!-~]{1,4096}")
_PARAMETER: Final = r"""\s*;\s*[A-Za-z0-9*!#$&+.^_`|~-]+(?:\s*=\s*(?:"[^"]*"|[^",;\s]*))?"""
_LINK: Final = re.compile(rf"<([^<>]*)>((?:{_PARAMETER})*)")
_RELATION: Final = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]*))', re.IGNORECASE)
_LONGEST_WAIT: Final = 10 * 365 * 86400.0
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class UnsafeUrl(OperatorError):
    """A URL that is not followed: no URL at all, not https, or of a foreign origin."""


class BadToken(OperatorError):
    """A challenge token outside the base64url alphabet: it would become a file name."""

    def __init__(self, token: object) -> None:
        super().__init__(
            f"the CA sent a challenge token that is not safe to use: {printable(str(token), 100)!r}",
            remedy="check that the server is the CA you mean; nothing was written",
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @property
    def is_private(self) -> bool:
        """Whether the host is literally an address that is not on the public internet."""
        import ipaddress

        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return not ipaddress.ip_address(self.host).is_global
        except ValueError:
            return False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        shown = "" if _DEFAULT_PORTS.get(self.scheme) == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{shown}"


def origin_of(url: str) -> Origin:
    """The origin of an absolute http or https URL; raises UnsafeUrl for any other text."""
    if not _URL.fullmatch(url):
        raise _no_url(url)
    origin = _origin("/".join(url.split("/", 3)[:3]))
    if origin is None:
        raise _no_url(url)
    return origin


@lru_cache(maxsize=64)
def _origin(beginning: str) -> Origin | None:
    """Of a URL up to its path, which all that a CA sends begins with: looked at once."""
    try:
        parts = urlsplit(beginning)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None:
        return None
    return Origin(parts.scheme, host.lower(), port or _DEFAULT_PORTS[parts.scheme])


def _no_url(text: str) -> UnsafeUrl:
    return UnsafeUrl(
        f"{printable(text, 200)!r} is not the URL of an ACME resource",
        remedy="check the CA's directory URL (--server); it begins with https://",
    )


@dataclass(frozen=True, slots=True)
class Territory:
    """Where requests may go: the directory's origin, those it lists, and those the operator allows.

    ``allow_http`` is for a test CA; a public CA has no business with it.
    """

    home: Origin
    allowed: frozenset[Origin]
    allow_http: bool = False

    @classmethod
    def around(
        cls, directory_url: str, *, allow_http: bool = False, allow_origins: Collection[str] = ()
    ) -> Territory:
        """The territory before the directory is known; raises UnsafeUrl for a directory URL not https."""
        home = origin_of(directory_url)
        territory = cls(home, frozenset({home, *map(origin_of, allow_origins)}), allow_http)
        territory.admit(directory_url, "the directory")
        return territory

    def extended(self, urls: Iterable[str]) -> Territory:
        """With the https origins that the directory lists."""
        listed = (origin_of(url) for url in urls)
        more = {origin for origin in listed if origin.scheme == "https" and self._may_be_listed(origin)}
        return Territory(self.home, self.allowed | more, self.allow_http)

    def admit(self, url: str, what: str) -> str:
        """``url`` itself when it may be requested; raises UnsafeUrl naming the origin otherwise."""
        origin = origin_of(url)
        if origin.scheme != "https" and not self.allow_http:
            raise UnsafeUrl(
                f"{what} is at {printable(url, 200)}, which is not https",
                remedy="use the CA's https URL; for a test CA on plain http allow it with --allow-http",
            )
        if origin not in self.allowed:
            raise UnsafeUrl(
                f"the CA at {self.home} refers to {origin} for {what}, which is not followed",
                remedy=f"if that server belongs to the CA, allow it with --allow-origin {origin}",
            )
        return url

    def _may_be_listed(self, origin: Origin) -> bool:
        return self.home.is_private or not origin.is_private


def parse_token(value: object) -> str:
    """A challenge token: 22 to 128 characters of base64url (RFC 8555 section 8.1); raises BadToken."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise BadToken(value)
    return value


def parse_nonce(value: str | None) -> str | None:
    """A nonce fit for use, or None (RFC 8555 section 6.5.1)."""
    return value if value is not None and _NONCE.fullmatch(value) else None


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds from ``now``, never negative; None when absent or unreadable (RFC 9110 section 10.2.3)."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:20]), _LONGEST_WAIT)
    when = parse_http_date(text)
    if when is None:
        return None
    return min(max(0.0, (when - now).total_seconds()), _LONGEST_WAIT)


@lru_cache(maxsize=64)
def parse_http_date(text: str) -> datetime | None:
    """An HTTP date in any of the three forms of RFC 9110 section 5.6.7, in UTC; None for other text."""
    import email.utils

    try:
        when = email.utils.parsedate_to_datetime(text)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def parse_timestamp(value: object) -> datetime | None:
    """An RFC 3339 timestamp, in UTC; None for anything else."""
    if not isinstance(value, str) or "T" not in value.upper():
        return None
    try:
        when = datetime.fromisoformat(value)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def links(headers: Iterable[str], relation: str, *, base: str) -> tuple[str, ...]:
    """The targets of ``Link`` headers with this relation, absolute, each once (RFC 8288)."""
    return tuple(dict.fromkeys(_links(headers, relation, base)))


def resolve(base: str, reference: str) -> str:
    """``reference`` as an absolute URL; the text itself when it cannot be resolved."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def media_type(content_type: str | None) -> str:
    """The media type without parameters, lower case; empty when there is none."""
    return "" if content_type is None else content_type.partition(";")[0].strip().lower()


def _links(headers: Iterable[str], relation: str, base: str) -> Iterator[str]:
    for header in headers:
        for target, parameters in _LINK.findall(header[:2048]):
            named = _RELATION.search(parameters)
            if named and relation in (named.group(1) or named.group(2) or "").lower().split():
                yield resolve(base, target.strip())
