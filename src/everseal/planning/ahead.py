"""From an action of a plan to what its CA's limits make of it, and what becomes of one that must wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from everseal.model.errors import OperatorError
from everseal.model.names import Identifier
from everseal.planning.limits import OrderAhead
from everseal.planning.plan import Blocked, Issue, Leave, Predecessor, UseAccount
from everseal.planning.reasons import (
    FirstCertificate,
    Forced,
    LifetimePassed,
    Limited,
    NearExpiry,
    RenewalChosen,
    WindowOpen,
)
from everseal.planning.refusals import Refusal, WouldBeRefused

_DAY: Final = timedelta(days=1)


def order_ahead(
    action: Issue, identifiers: tuple[Identifier, ...], account_url: str | None, *, now: datetime
) -> OrderAhead:
    """The order of ``action`` for ``identifiers``, which may be fewer than it asked for at first."""
    before = _known_to_its_ca(action)
    same_set = before is not None and set(before.identifiers) == set(identifiers)
    return OrderAhead(
        server=action.server,
        account=account_url,
        identifiers=identifiers,
        ari=_replaces_in_time(action, now),
        previous=before.not_before if before is not None and same_set else None,
    )


def held_back(action: Issue, refusal: Refusal) -> Leave | Blocked:
    """What is not ordered because it would be refused.

    What is due by the calendar waits, if the CA will take it while the certificate still lives; whatever
    a person asked for now, and what only a person can mend, is reported as a failure.
    """
    due_by_calendar = isinstance(action.reason, WindowOpen | LifetimePassed | NearExpiry)
    before, until = action.follows, refusal.until
    if not due_by_calendar or before is None or until is None or until >= before.not_after:
        return blocked(action, WouldBeRefused(refusal))
    return Leave(
        action.name,
        action.identifiers,
        Limited(until, refusal.sentence),
        before.not_after,
        action.live_fullchain,
        renew_at=until,
        conf_path=action.conf_path,
    )


def blocked(action: Issue, error: OperatorError) -> Blocked:
    """The action as one that cannot be carried out."""
    return Blocked(action.name, action.identifiers, action.conf_path, action.live_fullchain, error)


def asks_before_last(action: Issue) -> bool:
    """Whether somebody wants a certificate that is not due, and the CA gives no other for these names."""
    return isinstance(action.reason, Forced | RenewalChosen) and action.forecast.last_of_set is not None


def needless_since(action: Issue, *, now: datetime) -> datetime | None:
    """When exactly this certificate was issued, if that is not long ago and it is asked for all the same.

    Not long is a day, for short-lived certificates a tenth of their life.
    """
    last = action.forecast.last_issued
    if last is None or not isinstance(action.reason, Forced | RenewalChosen | FirstCertificate):
        return None
    before = action.follows
    long = _DAY if before is None else min(_DAY, (before.not_after - before.not_before) / 10)
    return last if now - last < long else None


def _known_to_its_ca(action: Issue) -> Predecessor | None:
    """What the order follows, if the CA that is asked has issued it."""
    before = action.follows
    return before if before is not None and before.server == action.server else None


def _replaces_in_time(action: Issue, now: datetime) -> bool:
    before = _known_to_its_ca(action)
    if before is None or before.window is None or action.options.replaces is None:
        return False
    if not isinstance(action.account, UseAccount) or action.account.id != before.account:
        return False
    return before.window[0] <= now < before.window[1]
