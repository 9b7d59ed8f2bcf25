"""Connections to an applicant's server: IPv6 first, IPv4 only when that does not connect."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import TYPE_CHECKING

from everseal.localca.validation.network import ValidationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence


def dial(addresses: Sequence[str], port: int, *, deadline: float) -> socket.socket:
    """Connect to the first address; when it is IPv6 and fails, to the first IPv4 one.

    ``deadline`` is on ``time.monotonic``.  Raises ValidationFailed of type ``connection``.
    """
    candidates = list(addresses[:1])
    if ":" in candidates[0]:
        candidates += [address for address in addresses if ":" not in address][:1]
    failure = ValidationFailed("connection", "there is no address to connect to")
    for number, address in enumerate(candidates):
        left = (deadline - time.monotonic()) / (len(candidates) - number)
        try:
            return socket.create_connection((address, port), timeout=max(left, 0.01))
        except OSError as error:
            failure = ValidationFailed("connection", f"{authority(address, port)}: {explain(error)}")
    raise failure


def explain(error: OSError) -> str:
    """A few words for what went wrong on a socket."""
    if isinstance(error, TimeoutError):
        return "timeout during connect (likely firewall problem)"
    return (error.strerror or str(error) or "the connection broke").capitalize()


def authority(host: str, port: int) -> str:
    """``host:port``, with brackets around IPv6."""
    try:
        bracketed = f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        bracketed = host
    return f"{bracketed}:{port}"
