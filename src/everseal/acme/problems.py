"""What a CA answers when it refuses: problem documents as values and as typed errors.

RFC 9457 (problem details), RFC 8555 section 6.7 (ACME's types and subproblems), RFC 9773 and the
profiles draft for later types.  Whoever handles an error looks at its type, never at its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from everseal.acme.remedies import remedy_for
from everseal.model.errors import BadName, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier, IpAddress
from everseal.model.text import printable

ERROR_NAMESPACE: Final = "urn:ietf:params:acme:error:"
LONGEST_DETAIL: Final = 500
MOST_SUBPROBLEMS: Final = 1000
_SHOWN_SUBPROBLEMS: Final = 10
_LONGEST_URL: Final = 2048
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_RETRY_TEXT: Final = re.compile(
    r"retry after (\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}) ?(?:UTC|Z)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document.  Every text in it is printable and bounded.

    ``type`` is the name after ACME's namespace (``rateLimited``), the whole URI of another type, or
    empty where none was given.  ``identifier`` appears in subproblems only.  ``retry_at`` is when the
    CA wants to be asked again; ``help_urls`` are where it explains (terms of service, rate limits).
    """

    type: str
    detail: str
    status: int | None = None
    identifier: Identifier | None = None
    subproblems: tuple[Problem, ...] = ()
    instance: str | None = None
    algorithms: tuple[str, ...] = ()
    retry_at: datetime | None = None
    help_urls: tuple[str, ...] = ()
    terms_url: str | None = None

    def __str__(self) -> str:
        about = f"{self.identifier}: " if self.identifier is not None else ""
        kind = f"{self.type}: " if self.type else ""
        return f"{about}{kind}{self.detail}"


class AcmeError(OperatorError):
    """The CA refused, or gave an answer that cannot be used; ``problem`` is what it said.

    ``context`` says what was asked, as in "the CA refused the order".  ``url`` is the resource that
    answered.
    """

    def __init__(self, problem: Problem, *, context: str, url: str = "", remedy: str | None = None) -> None:
        super().__init__(_sentence(context, problem), remedy=remedy or _remedy(problem))
        self.problem = problem
        self.context = context
        self.url = url

    @property
    def type(self) -> str:
        return self.problem.type

    @property
    def retry_at(self) -> datetime | None:
        """When the CA wants to be asked again, where it said so."""
        return self.problem.retry_at


class AccountDoesNotExist(AcmeError):
    """The CA has no account with this key."""


class AlreadyReplaced(AcmeError):
    """Another order has already replaced the certificate (RFC 9773 section 7.4)."""


class AlreadyRevoked(AcmeError):
    """The certificate is revoked already."""


class BadCsr(AcmeError):
    """The CA does not take the certificate signing request."""


class BadNonce(AcmeError):
    """The CA refused nonce after nonce."""


class BadPublicKey(AcmeError):
    """The CA does not take the key."""


class BadRevocationReason(AcmeError):
    """The CA does not take the reason."""


class BadSignatureAlgorithm(AcmeError):
    """The CA does not take signatures of this kind; ``problem.algorithms`` are those it takes."""


class Caa(AcmeError):
    """The domain's CAA records forbid this CA to issue."""


class Compound(AcmeError):
    """Several things are wrong; they are in the subproblems."""


class ConnectionProblem(AcmeError):
    """The CA could not connect to the machine that a name leads to."""


class DnsProblem(AcmeError):
    """The CA could not look up what it needs in the DNS."""


class ExternalAccountRequired(AcmeError):
    """The CA registers only those it knows (RFC 8555 section 7.3.4)."""


class IncorrectResponse(AcmeError):
    """The CA found something else than the challenge's answer."""


class InvalidContact(AcmeError):
    """The CA does not take the contact address."""


class InvalidProfile(AcmeError):
    """The CA does not offer the profile, or not for these identifiers."""


class Malformed(AcmeError):
    """The CA could not make sense of the request."""


class OrderNotReady(AcmeError):
    """The order still waits for proofs."""


class RateLimited(AcmeError):
    """Too much was asked of the CA; ``retry_at`` says when it may be asked again, where known."""


class RejectedIdentifier(AcmeError):
    """The CA does not issue for the identifier."""


class ServerInternal(AcmeError):
    """The CA has trouble of its own."""


class TlsProblem(AcmeError):
    """The CA met a TLS error when it validated."""


class Unauthorized(AcmeError):
    """The CA does not let this account do that."""


class UnsupportedIdentifier(AcmeError):
    """The CA does not issue for this type of identifier."""


class UserActionRequired(AcmeError):
    """A person has to do something first, mostly agree to new terms (RFC 8555 section 7.3.3)."""


class BadAnswer(AcmeError):
    """The CA's answer is none that ACME knows: cut, of another type, with something missing."""

    def __init__(self, why: str, *, context: str, url: str = "", remedy: str | None = None) -> None:
        super().__init__(
            Problem(type="", detail=printable(why, LONGEST_DETAIL)),
            context=context,
            url=url,
            remedy=remedy or "try again later; if it happens each time, check that the server is an ACME CA",
        )


_ERRORS: Final[Mapping[str, type[AcmeError]]] = {
    "accountDoesNotExist": AccountDoesNotExist,
    "alreadyReplaced": AlreadyReplaced,
    "alreadyRevoked": AlreadyRevoked,
    "badCSR": BadCsr,
    "badNonce": BadNonce,
    "badPublicKey": BadPublicKey,
    "badRevocationReason": BadRevocationReason,
    "badSignatureAlgorithm": BadSignatureAlgorithm,
    "caa": Caa,
    "compound": Compound,
    "connection": ConnectionProblem,
    "dns": DnsProblem,
    "externalAccountRequired": ExternalAccountRequired,
    "incorrectResponse": IncorrectResponse,
    "invalidContact": InvalidContact,
    "unsupportedContact": InvalidContact,
    "invalidProfile": InvalidProfile,
    "malformed": Malformed,
    "orderNotReady": OrderNotReady,
    "rateLimited": RateLimited,
    "rejectedIdentifier": RejectedIdentifier,
    "serverInternal": ServerInternal,
    "tls": TlsProblem,
    "unauthorized": Unauthorized,
    "unsupportedIdentifier": UnsupportedIdentifier,
    "userActionRequired": UserActionRequired,
    "agreementRequired": UserActionRequired,
}


def parse_problem(value: object, *, status: int | None = None) -> Problem:
    """A problem document out of parsed JSON; whatever is missing or odd is left out.

    ``status`` is the answer's own, which counts for more than a member of that name (RFC 9457 section 3.1.2).
    """
    return _parse(value, status, nested=False)


def problem_without_document(status: int, media_type: str) -> Problem:
    """What can be said of an error answer that is no problem document, such as a proxy's HTML page."""
    kind = printable(media_type, 100) or "nothing"
    type_ = "rateLimited" if status == 429 else "serverInternal" if status >= 500 else ""
    detail = f"HTTP status {status} with {kind} instead of an explanation"
    return Problem(type=type_, detail=detail, status=status)


def with_context(
    problem: Problem,
    *,
    retry_after: float | None,
    now: datetime,
    help_urls: tuple[str, ...] = (),
    terms_url: str | None = None,
) -> Problem:
    """The problem with what the answer's headers add; a date in the text counts when no header has one."""
    retry_at = problem.retry_at if retry_after is None else now + timedelta(seconds=retry_after)
    shown = tuple(printable(url, _LONGEST_URL) for url in help_urls)
    terms = None if terms_url is None else printable(terms_url, _LONGEST_URL)
    return replace(problem, retry_at=retry_at, help_urls=shown, terms_url=terms)


def error_for(problem: Problem, *, context: str, url: str = "") -> AcmeError:
    """The error of the problem's type."""
    kind = problem.type
    if not kind and problem.status is not None and problem.status >= 500:
        kind = "serverInternal"
    return _ERRORS.get(kind, AcmeError)(problem, context=context, url=url)


def combined(problems: Sequence[Problem]) -> Problem:
    """Several problems as one: itself where there is one, else a compound of them."""
    if len(problems) == 1:
        return problems[0]
    types = {problem.type for problem in problems}
    return Problem(
        type=types.pop() if len(types) == 1 else "compound",
        detail=f"{len(problems)} identifiers failed",
        subproblems=tuple(problems),
    )


def _parse(value: object, status: int | None, *, nested: bool) -> Problem:
    members = cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
    stated = members.get("status")
    own_status = stated if status is None and isinstance(stated, int) else status
    detail = _text(members.get("detail"), LONGEST_DETAIL) or _text(members.get("title"), LONGEST_DETAIL)
    return Problem(
        type=_type(members.get("type")),
        detail=detail or _no_reason(own_status),
        status=own_status,
        identifier=_identifier(members.get("identifier")) if nested else None,
        subproblems=() if nested else tuple(_subproblems(members.get("subproblems"))),
        instance=_text(members.get("instance"), _LONGEST_URL),
        algorithms=tuple(_texts(members.get("algorithms"))),
        retry_at=_retry_in(detail),
    )


def _no_reason(status: int | None) -> str:
    return "no reason given" if status is None else f"no reason given (HTTP status {status})"


def _subproblems(value: object) -> Iterable[Problem]:
    if isinstance(value, list):
        for one in value[:MOST_SUBPROBLEMS]:
            if isinstance(one, dict):
                yield _parse(one, None, nested=True)


def _type(value: object) -> str:
    if not isinstance(value, str) or value == "about:blank":
        return ""
    name = value.removeprefix(ERROR_NAMESPACE)
    return name if name != value and _NAME.fullmatch(name) else printable(value, 200)


def _identifier(value: object) -> Identifier | None:
    if not isinstance(value, dict):
        return None
    kind, text = value.get("type"), value.get("value")
    if not isinstance(text, str):
        return None
    try:
        return IpAddress.parse(text) if kind == "ip" else DnsName.parse(text)
    except BadName:
        return None


def _text(value: object, limit: int) -> str | None:
    return printable(value, limit) if isinstance(value, str) and value else None


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, list):
        for one in value[:20]:
            if isinstance(one, str):
                yield printable(one, 50)


def _retry_in(detail: str | None) -> datetime | None:
    """Let's Encrypt's texts end ``retry after 2026-11-24 02:10:00 UTC``."""
    found = _RETRY_TEXT.search(detail or "")
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _sentence(context: str, problem: Problem) -> str:
    parts = [f"{context}: {problem}".rstrip(".")]
    parts += [str(sub).rstrip(".") for sub in problem.subproblems[:_SHOWN_SUBPROBLEMS]]
    more = len(problem.subproblems) - _SHOWN_SUBPROBLEMS
    if more > 0:
        parts.append(f"and {more} more")
    return "; ".join(parts)


def _remedy(problem: Problem) -> str:
    remedy = remedy_for([problem.type, *(sub.type for sub in problem.subproblems)])
    if problem.type == "rateLimited" and problem.retry_at is not None:
        remedy = f"ask again after {problem.retry_at:%Y-%m-%d %H:%M:%S} UTC"
    url = next(iter(problem.help_urls), None)
    if problem.type in {"userActionRequired", "agreementRequired"}:
        url = problem.instance or problem.terms_url or url
    return remedy if url is None else f"{remedy}; see {url}"
