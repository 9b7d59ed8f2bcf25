"""Questions to chosen DNS servers: addresses, TXT and CAA, with CNAMEs followed."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dns.rdata
    import dns.rdtypes.ANY.CAA
    import dns.rdtypes.ANY.TXT

_DNS_PORT: Final = 53
_LONGEST_CHAIN: Final = 10
_UDP_PAYLOAD: Final = 1232


class LookupFailed(OperatorError):
    """No name server gave a usable answer: SERVFAIL, REFUSED, silence, a loop of CNAMEs."""

    def __init__(self, name: str, kind: str, why: str) -> None:
        super().__init__(
            f"looking up {kind} for {name} failed: {why}", remedy="check the name's zone and the name servers"
        )


class NameMissing(OperatorError):
    """The name does not exist (NXDOMAIN)."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(
            f"NXDOMAIN looking up {kind} for {name}", remedy=f"check that a DNS record exists for {name}"
        )


class BadNameServer(OperatorError):
    """A text that is no address of a name server."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not a name server", remedy="write it as 127.0.0.1, 127.0.0.1:5353 or [::1]:5353"
        )


@dataclass(frozen=True, slots=True)
class NameServer:
    """Where a name server listens."""

    address: str
    port: int = _DNS_PORT

    @classmethod
    def parse(cls, text: str) -> NameServer:
        """Read ``ADDRESS``, ``ADDRESS:PORT`` or ``[IPV6]:PORT``; raises BadNameServer."""
        try:
            return cls(str(ipaddress.ip_address(text.strip("[]"))))
        except ValueError:
            host, _, port = text.rpartition(":")
        try:
            server = cls(str(ipaddress.ip_address(host.strip("[]"))), int(port))
        except ValueError:
            raise BadNameServer(text) from None
        if not 0 < server.port < 65536:
            raise BadNameServer(text)
        return server


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """One CAA record (RFC 8659 section 4.1); the tag is lower case."""

    critical: bool
    tag: str
    value: str


class Resolver:
    """Asks the servers in their order until one gives a usable answer.

    Every question raises NameMissing for NXDOMAIN and LookupFailed when there is no usable answer;
    a name that exists without such records gives an empty tuple.  ``timeout`` is in seconds, per server.
    """

    def __init__(self, servers: Sequence[NameServer], *, timeout: float = 5.0) -> None:
        self._servers = tuple(servers)
        self._timeout = timeout

    @classmethod
    def of_the_system(cls, *, timeout: float = 5.0) -> Resolver:
        """The servers that the operating system names; none when it names none."""
        try:
            system = dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            return cls((), timeout=timeout)
        return cls([NameServer(str(address)) for address in system.nameservers], timeout=timeout)

    def addresses(self, name: str) -> tuple[str, ...]:
        """IPv6 addresses first, then IPv4."""
        found = [*self._lookup(name, dns.rdatatype.AAAA), *self._lookup(name, dns.rdatatype.A)]
        return tuple(rdata.to_text() for rdata in found)

    def texts(self, name: str) -> tuple[str, ...]:
        """TXT values, each with its character-strings joined."""
        records = cast("list[dns.rdtypes.ANY.TXT.TXT]", self._lookup(name, dns.rdatatype.TXT))
        return tuple(b"".join(record.strings).decode("utf-8", "backslashreplace") for record in records)

    def caa(self, name: str) -> tuple[CaaRecord, ...]:
        records = cast("list[dns.rdtypes.ANY.CAA.CAA]", self._lookup(name, dns.rdatatype.CAA))
        return tuple(
            CaaRecord(
                critical=bool(record.flags & 0x80),
                tag=record.tag.decode("ascii", "replace").lower(),
                value=record.value.decode("utf-8", "backslashreplace"),
            )
            for record in records
        )

    def _lookup(self, name: str, kind: dns.rdatatype.RdataType) -> list[dns.rdata.Rdata]:
        """Follow CNAMEs through as many answers as it takes, within bounds."""
        label = dns.rdatatype.to_text(kind)
        current = dns.name.from_text(name)
        for _ in range(_LONGEST_CHAIN):
            response = self._ask(current, kind, label)
            asked = current
            current, found = _follow(response, current, kind)
            if found:
                return found
            if response.rcode() == dns.rcode.NXDOMAIN:
                raise NameMissing(current.to_text(omit_final_dot=True), label)
            if current == asked:
                return []
        raise LookupFailed(name, label, "the chain of CNAMEs is too long")

    def _ask(self, name: dns.name.Name, kind: dns.rdatatype.RdataType, label: str) -> dns.message.Message:
        text = name.to_text(omit_final_dot=True)
        why = "no name server is configured"
        for server in self._servers:
            query = dns.message.make_query(name, kind, use_edns=0, payload=_UDP_PAYLOAD)
            try:
                response, _ = dns.query.udp_with_fallback(query, server.address, self._timeout, server.port)
            except (dns.exception.DNSException, OSError) as error:
                why = _explain(error, server)
                continue
            if response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return response
            why = f"{server.address} answered {dns.rcode.to_text(response.rcode())}"
        raise LookupFailed(text, label, why)


def _follow(
    response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> tuple[dns.name.Name, list[dns.rdata.Rdata]]:
    """Where the answer's CNAMEs lead from ``name``, and the records found there."""
    for _ in range(_LONGEST_CHAIN):
        here = [rrset for rrset in response.answer if rrset.name == name]
        records = [record for rrset in here if rrset.rdtype == kind for record in rrset]
        aliases = [record for rrset in here if rrset.rdtype == dns.rdatatype.CNAME for record in rrset]
        if records or not aliases:
            return name, records
        name = dns.name.from_text(aliases[0].to_text())
    return name, []


def _explain(error: Exception, server: NameServer) -> str:
    if isinstance(error, dns.exception.Timeout):
        return f"{server.address} did not answer in time"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{server.address}: {reason.lower()}"
