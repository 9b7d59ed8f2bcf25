"""Where names lead: the hosts table, then the chosen name servers, then the operating system."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier
from everseal.system.resolver import CaaRecord, LookupFailed, NameMissing, Resolver

if TYPE_CHECKING:
    from everseal.localca.hosts import HostTable


class ValidationFailed(Exception):
    """``kind`` is a problem type of RFC 8555 without its prefix."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Network:
    """The CA's view of the world.

    ``resolver`` is None where the operating system resolves addresses; TXT records are then asked of the
    servers that the system names.  ``timeout`` is in seconds, for one validation.
    """

    hosts: HostTable
    resolver: Resolver | None
    http_port: int
    tls_port: int
    timeout: float

    def addresses(self, identifier: Identifier) -> tuple[str, ...]:
        """IPv6 first; raises ValidationFailed."""
        if not isinstance(identifier, DnsName):
            return (identifier.value,)
        listed = self.hosts.addresses(identifier.value)
        if listed is not None:
            return listed
        found = self._resolved(identifier.value)
        if not found:
            raise ValidationFailed("dns", f"no valid A or AAAA records found for {identifier}")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """TXT values; raises ValidationFailed."""
        try:
            return self._dns().texts(name)
        except (NameMissing, LookupFailed) as error:
            raise ValidationFailed("dns", f"DNS problem: {error.message}") from None

    def caa(self, name: str) -> tuple[CaaRecord, ...]:
        """CAA records of exactly this name, CNAMEs followed; none if it is missing.  Raises LookupFailed."""
        try:
            return self._dns().caa(name)
        except NameMissing:
            return ()

    def is_listed(self, identifier: Identifier) -> bool:
        """Whether the hosts table stands in for the DNS of this name."""
        return isinstance(identifier, DnsName) and self.hosts.addresses(identifier.value) is not None

    def _dns(self) -> Resolver:
        return self.resolver or Resolver.of_the_system(timeout=self.timeout)

    def _resolved(self, name: str) -> tuple[str, ...]:
        if self.resolver is None:
            return _system_addresses(name)
        try:
            return self.resolver.addresses(name)
        except (NameMissing, LookupFailed) as error:
            raise ValidationFailed("dns", f"DNS problem: {error.message}") from None


def _system_addresses(name: str) -> tuple[str, ...]:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ValidationFailed("dns", f"DNS problem: {name} does not resolve ({error.strerror})") from None
    found = dict.fromkeys(str(answer[4][0]) for answer in answers)
    return tuple(sorted(found, key=lambda address: ":" not in address))
