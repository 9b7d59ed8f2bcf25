"""The conversation with the CA that an issuance will be, request by request (RFC 8555 section 7.1).

How often the CA is polled, and which requests it makes us repeat, is its own affair; the list
holds everything else, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from everseal.model.names import Identifier

Resource = Literal[
    "directory",
    "newNonce",
    "newAccount",
    "newOrder",
    "authorization",
    "challenge",
    "order",
    "finalize",
    "certificate",
    "renewalInfo",
]

_METHODS: Final[Mapping[Resource, str]] = {
    "directory": "GET",
    "newNonce": "HEAD",
    "renewalInfo": "GET",
}
_REMEMBERED: Final = "the CA remembers an earlier proof"
_ALL_REMEMBERED: Final = "the CA remembers every proof"


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One request; ``unless`` says what makes it needless."""

    resource: Resource
    why: str
    identifier: Identifier | None = None
    unless: str | None = None

    @property
    def method(self) -> str:
        return _METHODS.get(self.resource, "POST")


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What we already hold of a CA before the first request."""

    directory: bool = False
    nonce: bool = False
    account: bool = True


FIRST_ADVICE: Final = PlannedRequest(
    "renewalInfo", "when all is done, ask when the CA wants it renewed", unless="the CA does not say"
)
"""Asked when a certificate is in place (RFC 9773 section 4.3)."""


def issuance(identifiers: Sequence[Identifier], known: Acquaintance) -> tuple[PlannedRequest, ...]:
    """Every request of one issuance, from what is ``known`` of the CA to the certificate."""
    return (*_introduction(known), *_order(identifiers), *_certificate())


def _introduction(known: Acquaintance) -> list[PlannedRequest]:
    steps = []
    if not known.directory:
        steps.append(PlannedRequest("directory", "learn the CA's addresses and what it offers"))
    if not known.nonce:
        steps.append(PlannedRequest("newNonce", "get the first one-time value that signed requests carry"))
    if not known.account:
        steps.append(PlannedRequest("newAccount", "register an account with a key made for it"))
    return steps


def _order(identifiers: Sequence[Identifier]) -> list[PlannedRequest]:
    return [
        PlannedRequest("newOrder", "ask for a certificate for these names"),
        *(
            PlannedRequest(
                "authorization", f"learn how control of {each} may be proved", each, _ALL_REMEMBERED
            )
            for each in identifiers
        ),
        *(
            PlannedRequest("challenge", f"say that the proof for {each} is in place", each, _REMEMBERED)
            for each in identifiers
        ),
        PlannedRequest("order", "see that every proof was accepted", unless=_ALL_REMEMBERED),
    ]


def _certificate() -> list[PlannedRequest]:
    return [
        PlannedRequest("finalize", "send the certificate signing request"),
        PlannedRequest("order", "see that the certificate is ready", unless="the CA says so at once"),
        PlannedRequest("certificate", "download the certificate and its chain"),
    ]
