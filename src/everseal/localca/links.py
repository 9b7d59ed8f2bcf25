"""The CA's URLs: made here, recognised here."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from everseal.model.frozen import dataclass

_PATHS: Final = {
    "directory": "/directory",
    "newNonce": "/acme/new-nonce",
    "newAccount": "/acme/new-account",
    "newAuthz": "/acme/new-authz",
    "newOrder": "/acme/new-order",
    "revokeCert": "/acme/revoke-cert",
    "keyChange": "/acme/key-change",
    "account": "/acme/account/{}",
    "orders": "/acme/account/{}/orders",
    "order": "/acme/order/{}",
    "finalize": "/acme/order/{}/finalize",
    "authorization": "/acme/authz/{}",
    "challenge": "/acme/chall/{}",
    "certificate": "/acme/cert/{}",
    "alternate": "/acme/cert/{}/alternate/{}",
    "renewalInfo": "/acme/renewal-info/{}",
    "crl": "/crl/{}",
    "terms": "/terms",
    "root": "/root.pem",
    "unpause": "/unpause/{}",
}
RESOURCES: Final = frozenset(_PATHS)
_PATTERNS: Final = {
    resource: re.compile(re.escape(path).replace(r"\{\}", "([A-Za-z0-9_.-]{1,200})") + r"\Z")
    for resource, path in _PATHS.items()
}
_OPAQUE: Final = "/r//"
_RENEWAL_INFO: Final = "/acme/renewal-info"


@dataclass(frozen=True, slots=True)
class Route:
    """What a target stands for, with the ids in its path."""

    resource: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """Makes URLs under ``base`` (scheme and authority); ``opaque`` ones hide their path in a query."""

    base: str
    opaque: bool = False

    def to(self, resource: str, *arguments: str) -> str:
        path = _PATHS[resource].format(*arguments)
        if not self.opaque:
            return self.base + path
        hidden = base64.urlsafe_b64encode(path.encode()).decode().rstrip("=")
        return f"{self.base}{_OPAQUE}?v=2&to={hidden}"

    @property
    def renewal_info(self) -> str:
        """What clients append a certID to, so it is never opaque."""
        return self.base + _RENEWAL_INFO


def locate(target: str) -> Route | None:
    """The route of a request's target, opaque or plain; None where there is nothing."""
    path, _, query = target.partition("?")
    if path == _OPAQUE:
        path = _reveal(query)
    for resource, pattern in _PATTERNS.items():
        if found := pattern.match(path):
            return Route(resource, found.groups())
    return None


def locate_url(url: str, base: str) -> Route | None:
    """The route of one of our own URLs, as issued under ``base``."""
    return locate(url.removeprefix(base)) if url.startswith(f"{base}/") else None


def _reveal(query: str) -> str:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == "to":
            try:
                return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
            except (binascii.Error, ValueError):
                return ""
    return ""
