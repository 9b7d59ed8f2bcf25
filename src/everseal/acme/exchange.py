"""What is reported of each request to a CA while it happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from everseal.model.frozen import dataclass

Resource = Literal[
    "directory",
    "newNonce",
    "newAccount",
    "account",
    "keyChange",
    "newOrder",
    "order",
    "authorization",
    "challenge",
    "finalize",
    "certificate",
    "revokeCert",
    "renewalInfo",
]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; ``status`` is 0 where no answer came.

    ``poll`` marks a further look at something seen before, ``retry`` a request repeated because the
    first did not succeed, or sent on by a redirect.
    """

    method: str
    url: str
    resource: Resource
    status: int
    poll: bool
    retry: bool
    seconds: float


OnExchange = Callable[[Exchange], None]


def ignore(_exchange: Exchange) -> None:
    """The listener of somebody who does not want to know."""
