"""ACME's resources as values (RFC 8555 section 7.1).

Parsing takes what the protocol needs, ignores what it does not know, and raises BadAnswer for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from everseal.acme.answer import Answer
from everseal.acme.challenges import CHALLENGE_TYPES, Challenge
from everseal.acme.problems import Problem, parse_problem
from everseal.acme.states import AccountStatus, AuthorizationStatus, ChallengeStatus, OrderStatus
from everseal.acme.wire import parse_token
from everseal.model.errors import BadName
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier, IpAddress

if TYPE_CHECKING:
    from everseal.model.keys import Signer

_MOST_AUTHORIZATIONS: Final = 1000
_MOST_CHALLENGES: Final = 50


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a CA and what signs for it; nothing but ``url`` and ``signer`` is needed to use it."""

    url: str
    signer: Signer = field(repr=False)
    status: AccountStatus = AccountStatus.VALID
    contacts: tuple[str, ...] = ()
    terms_agreed: bool | None = None
    orders_url: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order.  ``error`` says why it is invalid; ``replaces`` is the certID it was placed with."""

    url: str
    status: OrderStatus
    identifiers: tuple[Identifier, ...]
    authorizations: tuple[str, ...]
    finalize: str
    certificate: str | None = None
    expires: datetime | None = None
    profile: str | None = None
    replaces: str | None = None
    error: Problem | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """Proof of control over ``identifier``, which is the base name where ``wildcard`` is set."""

    url: str
    identifier: Identifier
    status: AuthorizationStatus
    challenges: tuple[Challenge, ...]
    wildcard: bool = False
    expires: datetime | None = None


def parse_account(answer: Answer, url: str, signer: Signer) -> Account:
    """The account resource, signed for by ``signer``."""
    return Account(
        url=url,
        signer=signer,
        status=_account_status(answer),
        contacts=answer.texts("contact"),
        terms_agreed=answer.optional_flag("termsOfServiceAgreed"),
        orders_url=answer.optional_url("orders"),
    )


def parse_order(answer: Answer, url: str) -> Order:
    """An order; its certificate's URL must be there when it is valid."""
    status = _order_status(answer)
    certificate = answer.optional_url("certificate")
    if status is OrderStatus.VALID and certificate is None:
        raise answer.bad("it is valid without a certificate")
    error = answer.members.get("error")
    return Order(
        url=url,
        status=status,
        identifiers=tuple(
            parse_identifier_object(one) for one in answer.objects("identifiers", most=_MOST_AUTHORIZATIONS)
        ),
        authorizations=answer.urls("authorizations", most=_MOST_AUTHORIZATIONS),
        finalize=answer.web_url("finalize"),
        certificate=certificate,
        expires=answer.optional_instant("expires"),
        profile=answer.optional_text("profile"),
        replaces=answer.optional_text("replaces"),
        error=parse_problem(error) if isinstance(error, dict) else None,
    )


def parse_authorization(answer: Answer, url: str) -> Authorization:
    """An authorization; challenges of unknown type are kept, those that cannot be read are not.

    Raises BadToken for a token that is not safe.
    """
    status = answer.text("status")
    if status not in set(AuthorizationStatus):
        raise answer.bad(f"its status is {status[:50]!r}")
    challenges = answer.objects("challenges", most=_MOST_CHALLENGES)
    return Authorization(
        url=url,
        identifier=parse_identifier_object(answer.child("identifier")),
        status=AuthorizationStatus(status),
        challenges=tuple(one for member in challenges if (one := _challenge(member)) is not None),
        wildcard=answer.flag("wildcard"),
        expires=answer.optional_instant("expires"),
    )


def parse_challenge(answer: Answer) -> Challenge:
    """A challenge that was asked for by its URL."""
    challenge = _challenge(answer)
    if challenge is None:
        raise answer.bad("it has no type, URL or status that are known")
    return challenge


def parse_identifier_object(answer: Answer) -> Identifier:
    """``{"type": "dns" | "ip", "value": ...}``."""
    kind, value = answer.text("type"), answer.text("value")
    try:
        if kind == "dns":
            return DnsName.parse(value)
        if kind == "ip":
            return IpAddress.parse(value)
    except BadName as error:
        raise answer.bad(f"it names an identifier that is none: {error}") from None
    raise answer.bad(f"it names an identifier of the unknown type {kind[:50]!r}")


def identifier_object(identifier: Identifier) -> Mapping[str, str]:
    """The JSON of an identifier in an order."""
    return {"type": identifier.type, "value": identifier.value}


def _challenge(answer: Answer) -> Challenge | None:
    kind, url = answer.optional_text("type"), answer.optional_text("url")
    status = answer.optional_text("status") or ChallengeStatus.PENDING
    if kind is None or url is None or status not in set(ChallengeStatus):
        return None
    token = answer.optional_text("token")
    if kind in CHALLENGE_TYPES:
        token = parse_token(answer.members.get("token"))
    error = answer.members.get("error")
    return Challenge(
        type=kind,
        url=answer.web_url("url"),
        status=ChallengeStatus(status),
        token=token,
        error=parse_problem(error) if isinstance(error, dict) else None,
        members=answer.members,
    )


def _account_status(answer: Answer) -> AccountStatus:
    """Some CAs leave the status of a new account out: it is valid then."""
    status = answer.optional_text("status") or AccountStatus.VALID
    if status not in set(AccountStatus):
        raise answer.bad(f"its status is {status[:50]!r}")
    return AccountStatus(status)


def _order_status(answer: Answer) -> OrderStatus:
    status = answer.text("status")
    if status not in set(OrderStatus):
        raise answer.bad(f"its status is {status[:50]!r}")
    return OrderStatus(status)
