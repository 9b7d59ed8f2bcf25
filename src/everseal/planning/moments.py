"""The rules of :mod:`everseal.planning.due` as plain arithmetic on moments.

Scans of ten thousand certificates call them: no values are made, and next to nothing is imported.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from everseal.planning.words import moment as in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final, Literal

    DueRule = Literal["ari", "lifetime", "renew_before_expiry"]

SHORT_LIVED: Final = timedelta(days=10)
_LEFT_LONG: Final = 1 / 3
_LEFT_SHORT: Final = 1 / 2
_LEFT_WITH_ARI: Final = 1 / 5
_RUN_INTERVAL: Final = timedelta(hours=12)
_RUN_SHARE: Final = 20
_GUARD: Final = timedelta(days=1)
_GUARD_SHARE: Final = 10
_NEVER_BEFORE: Final = datetime.min.replace(tzinfo=UTC)
_NOTHING: Final = timedelta(0)
_RULES: Final[Mapping[DueRule, str]] = {
    "ari": "the CA's suggested window (ARI)",
    "lifetime": "its share of the lifetime",
    "renew_before_expiry": "renew_before_expiry",
}


def lifetime_of(not_before: datetime, not_after: datetime) -> timedelta:
    """Never negative, whatever the certificate says."""
    return max(not_after - not_before, _NOTHING)


def share_left(lifetime: timedelta, *, with_ari: bool) -> float:
    """The share of the lifetime that is left at the backstop."""
    if with_ari:
        return _LEFT_WITH_ARI
    return _LEFT_SHORT if lifetime < SHORT_LIVED else _LEFT_LONG


def backstop(not_after: datetime, lifetime: timedelta, *, with_ari: bool) -> datetime:
    """The latest instant at which we renew on our own."""
    return not_after - lifetime * share_left(lifetime, with_ari=with_ari)


def run_interval(lifetime: timedelta) -> timedelta:
    """How long until the next expected run: twice a day, oftener for short-lived certificates."""
    return min(_RUN_INTERVAL, lifetime / _RUN_SHARE)


def instant_between(start: datetime, end: datetime, key: bytes) -> datetime:
    """The instant in a window that ``key`` stands for: spread evenly over machines and certificates, yet
    the same whenever it is asked for, so that a plan and the run that follows agree and nothing is drawn
    twice (drawing anew at every run would bias towards early renewal)."""
    text = f"{start.astimezone(UTC).isoformat()}/{end.astimezone(UTC).isoformat()}"
    digest = hmac.digest(key, text.encode(), hashlib.sha256)
    share = int.from_bytes(digest[:8], "big") / 2**64
    return start + (end - start) * share


def makes_sense(start: datetime, end: datetime, *, not_after: datetime) -> bool:
    """Whether a window is one: not empty, and not wholly after the certificate's end."""
    return start < end and start < not_after


def window_moment(
    start: datetime,
    end: datetime,
    key: bytes,
    *,
    not_before: datetime,
    lifetime: timedelta,
    made_for_window: bool,
) -> tuple[datetime, datetime, datetime]:
    """When a window makes a certificate due; our instant in it; the last run before it closes.

    A CA's mistake can give every new certificate a window that is open already: one that was ordered
    because of a window (``made_for_window``) is not replaced because of another within a day.
    """
    instant = instant_between(start, end, key)
    last_run = max(start, end - run_interval(lifetime))
    moment = min(instant, last_run)
    if made_for_window:
        moment = max(moment, not_before + min(_GUARD, lifetime / _GUARD_SHARE))
    return moment, instant, last_run


def before(moment: datetime, span: timedelta) -> datetime:
    """``span`` earlier, as far as there are dates."""
    try:
        return moment - span
    except OverflowError:
        return _NEVER_BEFORE


def first_due(
    not_before: datetime,
    not_after: datetime,
    *,
    window: tuple[datetime, datetime] | None,
    key: bytes,
    before_expiry: timedelta | None,
    made_for_window: bool,
) -> tuple[datetime, DueRule]:
    """From when on a certificate is due by the calendar, and the rule; ``window`` has to make sense."""
    lifetime = lifetime_of(not_before, not_after)
    rule: DueRule = "lifetime"
    moment = backstop(not_after, lifetime, with_ari=window is not None)
    if before_expiry is not None:
        wanted = before(not_after, before_expiry)
        if wanted <= moment:
            moment, rule = wanted, "renew_before_expiry"
    if window is not None:
        opens, _, _ = window_moment(
            *window, key, not_before=not_before, lifetime=lifetime, made_for_window=made_for_window
        )
        if opens <= moment:
            moment, rule = opens, "ari"
    return moment, rule


def not_yet_due(
    renew_at: datetime, rule: DueRule, not_after: datetime, explanation: str | None = None
) -> str:
    """In words, without a final full stop; ``explanation`` is the CA's page about its window."""
    when = f"not due before {in_words(renew_at)} by {_RULES[rule]}"
    return f"{when}; valid until {in_words(not_after)}{explained(explanation)}"


def explained(url: str | None) -> str:
    """The clause that says where the CA explains its window."""
    return "" if url is None else f"; the CA explains its window at {url}"
