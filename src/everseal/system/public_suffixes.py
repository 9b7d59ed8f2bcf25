"""Which domain a name was registered under, by the public suffix list.

Making rules of the whole list takes a tenth of a second, splitting it into lines some milliseconds; and of a
name only those rules count that are about it or what it is below.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterable, Iterator
from typing import Final

from everseal.model.names import DnsName, Identifier
from everseal.system.files import read_file

_KINDS_OF_RULES: Final = ("", "*.", "!")


class PublicSuffixes:
    """The list that is installed with the package ``publicsuffixlist``; usable from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: frozenset[bytes] | None = None
        self._found: dict[Identifier, str] = {}

    def domains(self, identifiers: Iterable[Identifier]) -> tuple[str, ...]:
        """What the identifiers were registered as, each once, in their order."""
        return tuple(dict.fromkeys(self._remembered(each) for each in identifiers))

    def _remembered(self, identifier: Identifier) -> str:
        """A run asks about each name of an order before it is planned, placed, noted and fulfilled."""
        if identifier not in self._found:
            self._found[identifier] = self.domain(identifier)
        return self._found[identifier]

    def domain(self, identifier: Identifier) -> str:
        """A name's registered domain, itself where it is a public suffix; an IPv4 address; an IPv6 /64."""
        if not isinstance(identifier, DnsName):
            return _network(identifier.value)
        from publicsuffixlist import PublicSuffixList

        rules = PublicSuffixList(self._rules(identifier.base), accept_encoded_idn=False)
        name = identifier.base.value
        return rules.privatesuffix(name) or name

    def _rules(self, name: DnsName) -> Iterator[str]:
        """Those that are about the name or one that it is below; the list has them in U-labels."""
        lines = self._listed()
        ascii_labels, labels = name.value.split("."), name.unicode().split(".")
        for start in range(len(labels)):
            suffix = ".".join(labels[start:])
            for kind in _KINDS_OF_RULES:
                if f"{kind}{suffix}".encode() in lines:
                    yield kind + ".".join(ascii_labels[start:])

    def _listed(self) -> frozenset[bytes]:
        with self._lock:
            if self._lines is None:
                from publicsuffixlist import PSLFILE

                self._lines = frozenset(read_file(PSLFILE).splitlines())
            return self._lines


def _network(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
