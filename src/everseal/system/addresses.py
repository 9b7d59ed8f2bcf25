"""The addresses of this machine, as the kernel lists them."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_LOCAL: Final = re.compile(r"\|-- (?P<address>[0-9.]+)\n\s+/32 host LOCAL")
_FIB: Final = "/proc/net/fib_trie"
_INET6: Final = "/proc/net/if_inet6"


def own_addresses() -> frozenset[str]:
    """IPv4 and IPv6 addresses of every interface in their usual form; empty where the kernel tells none."""
    return parse_fib(_read(_FIB)) | parse_inet6(_read(_INET6))


def parse_fib(text: str) -> frozenset[str]:
    """The local addresses in ``/proc/net/fib_trie``."""
    return frozenset(match["address"] for match in _LOCAL.finditer(text))


def parse_inet6(text: str) -> frozenset[str]:
    """The addresses in ``/proc/net/if_inet6``."""
    digits = [line.split()[0] for line in text.splitlines() if line.strip()]
    return frozenset(str(ipaddress.IPv6Address(int(each, 16))) for each in digits if len(each) == 32)


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""
