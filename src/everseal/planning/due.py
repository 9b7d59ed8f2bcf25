"""Whether a certificate is due, and by which rule.

In order: force, dry run, ``autorenew``, expiry, revocation, then the earliest of the CA's suggested
window (RFC 9773), the operator's ``renew_before_expiry`` and our share of the lifetime; an unattended
run whose orders failed waits all the same.  Every fixed time is the smaller of itself and a share of
the lifetime, so that a certificate of six minutes is renewed like one of ninety days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from everseal.model.frozen import dataclass
from everseal.planning import moments
from everseal.planning.reasons import (
    AutorenewOff,
    BackingOff,
    DueReason,
    Expired,
    Forced,
    LifetimePassed,
    NearExpiry,
    NotDueReason,
    NotYet,
    Rehearsal,
    Revoked,
    WindowOpen,
)

if TYPE_CHECKING:
    from everseal.planning.moments import DueRule


@dataclass(frozen=True, slots=True)
class Validity:
    """The dates a decision rests on, aware."""

    not_before: datetime
    not_after: datetime

    @property
    def lifetime(self) -> timedelta:
        """Never negative, whatever the certificate says."""
        return moments.lifetime_of(self.not_before, self.not_after)


@dataclass(frozen=True, slots=True)
class SuggestedWindow:
    """The CA's answer for one certificate (RFC 9773 section 4.2)."""

    start: datetime
    end: datetime
    explanation_url: str | None = None


@dataclass(frozen=True, slots=True)
class RenewalPolicy:
    """What the operator wants; the library's defaults are Certbot's.

    ``explicit`` says that a person asked for this very certificate: earlier failures then do not hold
    it back.
    """

    autorenew: bool = True
    before_expiry: timedelta | None = None
    force: bool = False
    rehearse: bool = False
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class RenewalFacts:
    """What is known about one certificate when the decision is made.

    ``window`` is absent when the CA has no ARI or did not answer.  ``instant_key`` seeds the
    instant inside the window: the machine's secret and the ARI certificate identifier.
    ``made_for_window`` says that the certificate was itself ordered because a window had opened.
    ``retry_at`` is the end of the wait after ``failures`` failed orders in a row.
    """

    validity: Validity
    window: SuggestedWindow | None = None
    instant_key: bytes = b""
    made_for_window: bool = False
    revoked: bool = False
    retry_at: datetime | None = None
    failures: int = 0


def decide_due(facts: RenewalFacts, policy: RenewalPolicy, *, now: datetime) -> DueReason | NotDueReason:
    """The reason to renew now, or the reason not to; pure.

    With the same facts and policy, what is due once stays due, but for the wait after a failure.
    """
    if policy.force:
        return Forced()
    if policy.rehearse:
        return Rehearsal()
    if not policy.autorenew:
        return AutorenewOff()
    reason = _due(facts, policy, now)
    if isinstance(reason, NotYet) or policy.explicit or facts.retry_at is None or now >= facts.retry_at:
        return reason
    return BackingOff(facts.retry_at, facts.failures)


def next_look(facts: RenewalFacts, policy: RenewalPolicy) -> datetime | None:
    """From when on this certificate is due if nothing else happens; None for never."""
    if not policy.autorenew:
        return None
    moment, _ = _first_due(facts, policy)
    if facts.retry_at is None or policy.explicit:
        return moment
    return max(moment, facts.retry_at)


def backstop(validity: Validity, *, with_ari: bool) -> datetime:
    """The latest instant at which we renew on our own.

    Let's Encrypt centres its windows on one third (or half) of the lifetime left, so with
    working ARI the backstop lies later; otherwise it would defeat the random spread.
    """
    return moments.backstop(validity.not_after, validity.lifetime, with_ari=with_ari)


def share_left(validity: Validity, *, with_ari: bool) -> float:
    """The share of the lifetime that is left at the backstop."""
    return moments.share_left(validity.lifetime, with_ari=with_ari)


def run_interval(validity: Validity) -> timedelta:
    """How long until the next expected run: twice a day, oftener for short-lived certificates."""
    return moments.run_interval(validity.lifetime)


def usable_window(window: SuggestedWindow | None, validity: Validity) -> SuggestedWindow | None:
    """The window, unless it makes no sense: empty, or wholly after the certificate's end."""
    if window is None or not moments.makes_sense(window.start, window.end, not_after=validity.not_after):
        return None
    return window


def _due(facts: RenewalFacts, policy: RenewalPolicy, now: datetime) -> DueReason | NotYet:
    validity = facts.validity
    if now >= validity.not_after:
        return Expired(validity.not_after)
    if facts.revoked:
        return Revoked()
    renew_at, rule = _first_due(facts, policy)
    if now >= renew_at:
        return next(reason for moment, reason in _triggers(facts, policy) if now >= moment)
    window = usable_window(facts.window, validity)
    if window is None:
        return NotYet(renew_at, rule, validity.not_after)
    bounds = (window.start, window.end)
    return NotYet(renew_at, rule, validity.not_after, bounds, window.explanation_url)


def _first_due(facts: RenewalFacts, policy: RenewalPolicy) -> tuple[datetime, DueRule]:
    validity = facts.validity
    window = usable_window(facts.window, validity)
    return moments.first_due(
        validity.not_before,
        validity.not_after,
        window=None if window is None else (window.start, window.end),
        key=facts.instant_key,
        before_expiry=policy.before_expiry,
        made_for_window=facts.made_for_window,
    )


def _triggers(facts: RenewalFacts, policy: RenewalPolicy) -> Iterator[tuple[datetime, DueReason]]:
    """From when on what makes the certificate due by the calendar; the foremost names the reason."""
    validity = facts.validity
    window = usable_window(facts.window, validity)
    if window is not None:
        yield _window_trigger(window, facts)
    if policy.before_expiry is not None:
        moment = moments.before(validity.not_after, policy.before_expiry)
        yield moment, NearExpiry(moment, policy.before_expiry)
    stop = backstop(validity, with_ari=window is not None)
    yield stop, LifetimePassed(stop, share_left(validity, with_ari=window is not None))


def _window_trigger(window: SuggestedWindow, facts: RenewalFacts) -> tuple[datetime, WindowOpen]:
    """Our instant, or earlier when the window would close before the next expected run."""
    validity = facts.validity
    moment, instant, last_run = moments.window_moment(
        window.start,
        window.end,
        facts.instant_key,
        not_before=validity.not_before,
        lifetime=validity.lifetime,
        made_for_window=facts.made_for_window,
    )
    return moment, WindowOpen(
        instant,
        window.start,
        window.end,
        closes_before_next_run=last_run < instant,
        explanation=window.explanation_url,
    )
