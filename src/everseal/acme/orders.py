"""Orders from the request to the certificate (RFC 8555 sections 7.4 and 7.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from everseal.acme.accounts import resource_url
from everseal.acme.answer import read_answer
from everseal.acme.chain import MOST_ALTERNATES, DownloadedChain, normalised_chain
from everseal.acme.challenges import Challenge
from everseal.acme.jws import b64url
from everseal.acme.known_ca import KnownCa
from everseal.acme.objects import (
    Account,
    Authorization,
    Order,
    identifier_object,
    parse_authorization,
    parse_challenge,
    parse_order,
)
from everseal.acme.polling import IssuanceTimeout, Pace
from everseal.acme.problems import (
    AcmeError,
    AlreadyReplaced,
    BadAnswer,
    InvalidProfile,
    Malformed,
    OrderNotReady,
    Problem,
    ServerInternal,
    Unauthorized,
    combined,
    error_for,
)
from everseal.acme.session import Identity, Posting
from everseal.acme.states import AuthorizationStatus, ChallengeStatus, OrderStatus
from everseal.acme.wire import CHAIN_LIMIT, PEM_CHAIN, links
from everseal.model.epoch import stamp
from everseal.model.errors import BadCertificate
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier
from everseal.system.http import HttpFailure, HttpResponse

_ORDER: Final = "the CA's order cannot be used"
_AUTHORIZATION: Final = "the CA's authorization cannot be used"
UNVERIFIED: Final = "the CA could not verify every name"
"""The context of an error that says what the CA found wrong with names (RFC 8555 section 7.1.6)."""
_CHALLENGE: Final = "the CA's challenge cannot be used"
_CHAIN: Final = "the CA's certificate cannot be used"
_FINALIZE_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What is asked of the CA; see :meth:`everseal.acme.client.Client.new_order`."""

    identifiers: tuple[Identifier, ...]
    profile: str | None = None
    replaces: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None

    def payload(self) -> dict[str, object]:
        members: dict[str, object] = {"identifiers": [identifier_object(one) for one in self.identifiers]}
        if self.not_before is not None:
            members["notBefore"] = stamp(self.not_before)
        if self.not_after is not None:
            members["notAfter"] = stamp(self.not_after)
        if self.profile is not None:
            members["profile"] = self.profile
        if self.replaces is not None:
            members["replaces"] = self.replaces
        return members


def place(ca: KnownCa, account: Account, wanted: OrderRequest) -> Order:
    """A new order, or one the CA has for the same names already; once more without a refused ``replaces``."""
    directory = ca.directory()
    if wanted.profile is not None and not ca.offers_profile(wanted.profile):
        raise _profile_not_offered(wanted.profile, tuple(ca.directory().meta.profiles))
    if directory.renewal_info is None:
        wanted = replace(wanted, replaces=None)
    try:
        return ca.at("newOrder", lambda url: _post_order(ca, account, wanted, url))
    except AcmeError as error:
        if wanted.replaces is None or not _may_be_about_replaces(error):
            raise
    return ca.at("newOrder", lambda url: _post_order(ca, account, replace(wanted, replaces=None), url))


def read(ca: KnownCa, account: Account, url: str, *, poll: bool = False) -> tuple[Order, float | None]:
    """An order and the CA's Retry-After, in seconds."""
    response = ca.post(Posting("order", url, _of(account), poll=poll))
    return parse_order(read_answer(response, context=_ORDER, url=url), url), ca.session.retry_after(response)


def read_authorization(
    ca: KnownCa, account: Account, url: str, payload: object | None = None
) -> Authorization:
    """An authorization, read (no payload) or changed."""
    response = ca.post(Posting("authorization", url, _of(account), payload))
    return parse_authorization(read_answer(response, context=_AUTHORIZATION, url=url), url)


def respond(ca: KnownCa, account: Account, challenge: Challenge) -> Challenge:
    """Tell the CA to look; harmless for a challenge that it is looking at already."""
    try:
        return _post_challenge(ca, account, challenge.url, {})
    except AcmeError as error:
        if error.problem.status != 409 and not isinstance(error, Malformed):
            raise
        now = _post_challenge(ca, account, challenge.url, None)
        if now.status is ChallengeStatus.PENDING:
            raise
        return now


def finalize(ca: KnownCa, account: Account, order: Order, csr_der: bytes) -> Order:
    """Send the CSR.  When the answer is lost, the order tells whether it arrived before it is sent again."""
    for _ in range(_FINALIZE_TRIES - 1):
        try:
            return _post_csr(ca, account, order, csr_der)
        except (HttpFailure, ServerInternal, OrderNotReady) as error:
            if isinstance(error, HttpFailure) and not error.was_sent:
                raise
            now, _ = read(ca, account, order.url)
            if now.status is not OrderStatus.READY:
                if isinstance(error, OrderNotReady) and now.status is OrderStatus.PENDING:
                    raise
                return now
    return _post_csr(ca, account, order, csr_der)


def wait(
    ca: KnownCa, account: Account, order: Order, *, until: Collection[OrderStatus], deadline: float
) -> Order:
    """Poll the order, not each authorization, until its status is one of ``until`` or invalid."""
    done = {*until, OrderStatus.INVALID}
    pace = Pace(ca.session.clock, ca.session.random, deadline=deadline)
    hint: float | None = None
    looked = False
    while order.status not in done:
        if not pace.wait(hint):
            raise IssuanceTimeout(order.url, order.status)
        order, hint = read(ca, account, order.url, poll=looked)
        looked = True
    return order


def download(ca: KnownCa, account: Account, url: str) -> DownloadedChain:
    """The chain at ``url``; asked for once more when what comes is no chain, or a leaf alone."""
    with suppress(BadCertificate):
        downloaded = _download(ca, account, url)
        if downloaded.has_issuer:
            return downloaded
    try:
        return _download(ca, account, url)
    except BadCertificate as error:
        raise BadAnswer(str(error), context=_CHAIN, url=url) from None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Why an order is invalid, and which of its names the CA could verify and which not."""

    error: AcmeError
    failed: tuple[Identifier, ...] = ()
    proved: tuple[Identifier, ...] = ()


def verdicts(ca: KnownCa, account: Account, order: Order) -> Verdicts:
    """The problem of each identifier, or what the order itself says; reads its authorizations."""
    read = tuple(_readable(ca, account, order))
    proved = tuple(as_ordered(each) for each in read if each.status is AuthorizationStatus.VALID)
    settled = {AuthorizationStatus.VALID, AuthorizationStatus.PENDING}
    problems = tuple(_failed_proof(each) for each in read if each.status not in settled)
    if problems:
        error = error_for(combined(problems), context=UNVERIFIED, url=order.url)
        return Verdicts(error, tuple(each.identifier for each in problems if each.identifier), proved)
    problem = order.error or Problem(type="", detail="the CA gives no reason")
    context = "the CA declared the order invalid"
    return Verdicts(error_for(problem, context=context, url=order.url), proved=proved)


def as_ordered(authorization: Authorization) -> Identifier:
    """The identifier as it stands in the order: a wildcard's authorization names the base."""
    identifier = authorization.identifier
    if authorization.wildcard and isinstance(identifier, DnsName):
        return DnsName(f"*.{identifier.value}")
    return identifier


def _of(account: Account) -> Identity:
    return Identity(account.signer, account.url)


def _post_order(ca: KnownCa, account: Account, wanted: OrderRequest, url: str) -> Order:
    response = ca.session.post(Posting("newOrder", url, _of(account), wanted.payload()))
    answer = read_answer(response, context=_ORDER, url=url)
    order = parse_order(answer, resource_url(response, url, _ORDER))
    if set(order.identifiers) != set(wanted.identifiers):
        raise answer.bad("it is for other names than those asked for")
    return replace(order, replaces=order.replaces or wanted.replaces)


def _post_challenge(ca: KnownCa, account: Account, url: str, payload: object | None) -> Challenge:
    response = ca.post(Posting("challenge", url, _of(account), payload))
    return parse_challenge(read_answer(response, context=_CHALLENGE, url=url))


def _post_csr(ca: KnownCa, account: Account, order: Order, csr_der: bytes) -> Order:
    payload = {"csr": b64url(csr_der)}
    response = ca.post(Posting("finalize", order.finalize, _of(account), payload, repeatable=False))
    return parse_order(read_answer(response, context=_ORDER, url=order.finalize), order.url)


def _download(ca: KnownCa, account: Account, url: str) -> DownloadedChain:
    response = ca.post(Posting("certificate", url, _of(account), accept=PEM_CHAIN, limit=CHAIN_LIMIT))
    return DownloadedChain(normalised_chain(response.body), _alternates(response, url))


def _alternates(response: HttpResponse, url: str) -> tuple[str, ...]:
    found = links(response.all("Link"), "alternate", base=url)
    return tuple(one for one in found if one != url)[:MOST_ALTERNATES]


def _may_be_about_replaces(error: AcmeError) -> bool:
    """A CA that stumbles over the certificate to be replaced says 500: pebble does over serial numbers that
    begin with a nought, and would never renew them."""
    stumbled = isinstance(error, ServerInternal) and error.type != "" and error.problem.status == 500
    about = isinstance(error, AlreadyReplaced | Malformed | Unauthorized)
    return about or stumbled or error.problem.status == 409


def _profile_not_offered(profile: str, offered: tuple[str, ...]) -> InvalidProfile:
    has = f"it offers {', '.join(offered)}" if offered else "it offers no profiles"
    return InvalidProfile(
        Problem(type="invalidProfile", detail=has), context=f"the CA has no profile {profile!r}"
    )


def _readable(ca: KnownCa, account: Account, order: Order) -> Iterator[Authorization]:
    for url in order.authorizations:
        with suppress(AcmeError, HttpFailure):
            yield read_authorization(ca, account, url)


def _failed_proof(authorization: Authorization) -> Problem:
    identifier = as_ordered(authorization)
    for challenge in authorization.challenges:
        if challenge.error is not None:
            return replace(challenge.error, identifier=identifier)
    detail = f"its authorization is {authorization.status}"
    return Problem(type="unauthorized", detail=detail, identifier=identifier)
