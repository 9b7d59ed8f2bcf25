"""Which proxy a request goes through, as the environment's customary variables say."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import field
from urllib.parse import urlsplit

from everseal.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Proxies:
    """A proxy URL per scheme, and the hosts that are reached without one.

    ``direct`` holds host names (which cover their subdomains), addresses, networks, each perhaps
    with a port, and ``*`` for everything.
    """

    by_scheme: Mapping[str, str] = field(default_factory=dict, repr=False)
    direct: tuple[str, ...] = ()

    def for_url(self, url: str) -> str | None:
        """The proxy for ``url``, or None for a direct connection."""
        if not self.by_scheme:
            return None
        parts = urlsplit(url)
        proxy = self.by_scheme.get(parts.scheme)
        if proxy is None or self._is_direct(parts.hostname or "", parts.port):
            return None
        return proxy

    def _is_direct(self, host: str, port: int | None) -> bool:
        return any(_covers(rule, host.lower().rstrip("."), port) for rule in self.direct)


NO_PROXIES = Proxies()


def proxies_from_environment(environment: Mapping[str, str]) -> Proxies:
    """What ``https_proxy``, ``http_proxy``, ``all_proxy`` and ``no_proxy`` say, in small or capital letters.

    Small letters win.  ``HTTP_PROXY`` is ignored where ``REQUEST_METHOD`` is set: a CGI server would
    have it from a request's header.
    """
    by_scheme = {}
    for scheme in ("http", "https"):
        proxy = _variable(environment, f"{scheme}_proxy") or _variable(environment, "all_proxy")
        if proxy:
            by_scheme[scheme] = proxy if "://" in proxy else f"http://{proxy}"
    bypassed = _variable(environment, "no_proxy") or ""
    return Proxies(by_scheme, tuple(rule for part in bypassed.split(",") if (rule := part.strip().lower())))


def without_credentials(proxy: str) -> str:
    """The proxy's URL fit to be shown."""
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _variable(environment: Mapping[str, str], name: str) -> str | None:
    if name in environment:
        return environment[name].strip()
    if name == "http_proxy" and "REQUEST_METHOD" in environment:
        return None
    return environment.get(name.upper(), "").strip()


def _covers(rule: str, host: str, port: int | None) -> bool:
    if rule == "*":
        return True
    name, _, rule_port = rule.rpartition(":")
    if name and rule_port.isdigit() and (":" not in name or name.startswith("[")):
        if int(rule_port) != port:
            return False
        rule = name
    rule = rule.removeprefix("[").removesuffix("]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        suffix = rule.removeprefix("*").lstrip(".")
        return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))
    try:
        return address in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return False
