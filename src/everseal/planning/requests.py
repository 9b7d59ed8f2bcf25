"""The conversation with the CA that an issuance will be, request by request (RFC 8555 section 7.1).

How often the CA is polled, and which requests it makes us repeat, is its own affair; the list
holds everything else, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from everseal.model.frozen import dataclass
from everseal.model.names import Identifier

Resource = Literal[
    "directory",
    "newNonce",
    "newAccount",
    "account",
    "newOrder",
    "authorization",
    "challenge",
    "order",
    "finalize",
    "certificate",
    "renewalInfo",
    "revokeCert",
]

_METHODS: Final[Mapping[Resource, str]] = {
    "directory": "GET",
    "newNonce": "HEAD",
    "renewalInfo": "GET",
}
_REMEMBERED: Final = "the CA remembers an earlier proof"
_ALL_REMEMBERED: Final = "the CA remembers every proof"
_NONE_REMEMBERED: Final = "the CA remembers no earlier proof"


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


def issuance(
    identifiers: Sequence[Identifier],
    known: Acquaintance,
    *,
    rehearsal: bool = False,
    chooses_chain: bool = False,
) -> tuple[PlannedRequest, ...]:
    """Every request of one issuance, from what is ``known`` of the CA to the certificate.

    A ``rehearsal`` relies on no earlier proof; ``chooses_chain`` says that a chain other than the first
    may be preferred.
    """
    return (
        *_introduction(known),
        *(_rehearsed_order(identifiers) if rehearsal else _order(identifiers)),
        *_certificate(chooses_chain),
    )


def errand(known: Acquaintance, *requests: PlannedRequest) -> tuple[PlannedRequest, ...]:
    """A conversation that is not about a certificate to be issued; ``known.account`` says whether one is
    opened in it."""
    return (*_introduction(known), *requests)


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
        *_look(identifiers, unless=_ALL_REMEMBERED),
        *(
            PlannedRequest("challenge", f"say that the proof for {each} is in place", each, _REMEMBERED)
            for each in identifiers
        ),
        PlannedRequest("order", "see that every proof was accepted", unless=_ALL_REMEMBERED),
    ]


def _rehearsed_order(identifiers: Sequence[Identifier]) -> list[PlannedRequest]:
    """Earlier proofs are given up, and another order is placed that does not know them."""
    return [
        PlannedRequest("newOrder", "ask for a certificate for these names"),
        *_look(identifiers, unless=None),
        *(
            PlannedRequest(
                "authorization",
                f"give up an earlier proof for {each}, so that it is proved anew",
                each,
                "the CA remembers none",
            )
            for each in identifiers
        ),
        PlannedRequest("newOrder", "ask again, without earlier proofs", unless=_NONE_REMEMBERED),
        *_look(identifiers, unless=_NONE_REMEMBERED),
        *(
            PlannedRequest("challenge", f"say that the proof for {each} is in place", each)
            for each in identifiers
        ),
        PlannedRequest("order", "see that every proof was accepted"),
    ]


def _look(identifiers: Sequence[Identifier], *, unless: str | None) -> list[PlannedRequest]:
    return [
        PlannedRequest("authorization", f"learn how control of {each} may be proved", each, unless)
        for each in identifiers
    ]


def _certificate(chooses_chain: bool) -> list[PlannedRequest]:
    steps = [
        PlannedRequest("finalize", "send the certificate signing request"),
        PlannedRequest("order", "see that the certificate is ready", unless="the CA says so at once"),
        PlannedRequest("certificate", "download the certificate and its chain"),
    ]
    if chooses_chain:
        steps.append(
            PlannedRequest(
                "certificate",
                "download the other chains, one by one, until one is the preferred one",
                unless="the first is, or the CA has no other",
            )
        )
    return steps
