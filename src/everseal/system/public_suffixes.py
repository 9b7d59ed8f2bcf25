"""Which domain a name was registered under, by the public suffix list.

Reading the whole list takes a tenth of a second; the rules below one top-level domain are found in a few
milliseconds, and mostly one is all that a run needs.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from everseal.model.names import DnsName, Identifier
from everseal.system.files import read_file

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


class PublicSuffixes:
    """The list that is installed with the package ``publicsuffixlist``; usable from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._list: bytes | None = None
        self._rules: dict[str, PublicSuffixList] = {}

    def domains(self, identifiers: Iterable[Identifier]) -> tuple[str, ...]:
        """What the identifiers were registered as, each once, in their order."""
        return tuple(dict.fromkeys(self.domain(each) for each in identifiers))

    def domain(self, identifier: Identifier) -> str:
        """A name's registered domain, itself where it is a public suffix; an IPv4 address; an IPv6 /64."""
        if not isinstance(identifier, DnsName):
            return _network(identifier.value)
        name = identifier.base.value
        return self._below(name.rpartition(".")[2]).privatesuffix(name) or name

    def _below(self, top: str) -> PublicSuffixList:
        with self._lock:
            if top not in self._rules:
                self._rules[top] = self._read(top)
            return self._rules[top]

    def _read(self, top: str) -> PublicSuffixList:
        from publicsuffixlist import PSLFILE, PublicSuffixList

        if self._list is None:
            self._list = read_file(PSLFILE)
        endings = "|".join(re.escape(each) for each in {top, DnsName(top).unicode()})
        pattern = re.compile(rf"^(?:[^/\s]*\.)?(?:{endings})$".encode(), re.MULTILINE)
        return PublicSuffixList(pattern.findall(self._list))


def _network(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
