"""Renewal information: when the CA wants a certificate renewed (RFC 9773)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from everseal.acme.answer import Answer
from everseal.acme.jws import b64url
from everseal.model.frozen import dataclass
from everseal.model.text import printable

if TYPE_CHECKING:
    from everseal.model.certificate import CertificateFacts

SHORTEST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(days=1)
DEFAULT_RETRY: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which the CA suggests to renew; ``start`` lies before ``end``, both aware, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class RenewalInfo:
    """The suggestion, the page that explains it, and when to ask again (between a minute and a day)."""

    window: Window
    explanation_url: str | None
    retry_after: timedelta


def certificate_id(facts: CertificateFacts) -> str | None:
    """The certificate's identifier at the CA (RFC 9773 section 4.1); None without an AKI, or an empty one."""
    if not facts.authority_key_id:
        return None
    return f"{b64url(facts.authority_key_id)}.{b64url(facts.serial_octets)}"


def parse_renewal_info(
    answer: Answer, *, retry_after: float | None, not_after: datetime | None = None
) -> RenewalInfo:
    """The renewalInfo object; raises BadAnswer for a window that ends before it starts or after the end.

    ``not_after`` is the certificate's: a window wholly beyond it says nothing.
    """
    suggested = answer.child("suggestedWindow")
    start, end = suggested.optional_instant("start"), suggested.optional_instant("end")
    if start is None or end is None:
        raise answer.bad("its window has no start or no end")
    if end <= start:
        raise answer.bad("its window ends before it starts")
    if not_after is not None and start >= not_after:
        raise answer.bad("its window lies after the certificate's end")
    explanation = answer.optional_text("explanationURL")
    return RenewalInfo(
        Window(start, end),
        None if explanation is None else printable(explanation, 2048),
        clamp_retry(retry_after),
    )


def clamp_retry(seconds: float | None) -> timedelta:
    """When to ask again: within a minute and a day, six hours where the CA does not say (RFC 9773
    sections 4.3.2 and 4.3.3)."""
    if seconds is None:
        return DEFAULT_RETRY
    return min(max(timedelta(seconds=seconds), SHORTEST_RETRY), LONGEST_RETRY)
