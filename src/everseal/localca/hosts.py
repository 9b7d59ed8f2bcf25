"""The hosts table: addresses for names that no DNS knows, such as ``demo.test``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, IpAddress


class BadHost(OperatorError):
    """A text that is no entry of a hosts table."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"{text!r} is no host entry: {why}",
            remedy="write it as demo.test=127.0.0.1, or *.demo.test=127.0.0.1 for every name below demo.test",
        )


@dataclass(frozen=True, slots=True)
class HostTable:
    """Names, or ``*.SUFFIX`` for all names below a suffix, each with one or more addresses."""

    entries: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, texts: Iterable[str]) -> HostTable:
        """Read ``NAME=ADDRESS`` texts; a repeated name gets several addresses.  Raises BadHost."""
        entries: dict[str, tuple[str, ...]] = {}
        for text in texts:
            name, equals, address = text.partition("=")
            if not equals:
                raise BadHost(text, "it has no equals sign")
            try:
                key = DnsName.parse(name).value
                entries[key] = (*entries.get(key, ()), IpAddress.parse(address).value)
            except OperatorError as error:
                raise BadHost(text, error.message) from None
        return cls(MappingProxyType(entries))

    def addresses(self, name: str) -> tuple[str, ...] | None:
        """IPv6 first; the exact name before suffixes, long suffixes before short ones; None if not listed."""
        labels = name.lower().rstrip(".").split(".")
        candidates = [".".join(labels)] + [".".join(["*", *labels[i:]]) for i in range(1, len(labels))]
        for candidate in candidates:
            if (found := self.entries.get(candidate)) is not None:
                return tuple(sorted(found, key=lambda address: ":" not in address))
        return None
