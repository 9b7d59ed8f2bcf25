"""From what a CA said when it refused to whom that concerns, and until when.

ACME has one type for every limit (``rateLimited``): which it is, only the text says.  The words to look for
stand with the limits; where none fits, the refusal concerns this account with this set of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Final

from everseal.planning.limit import Limit, Subject
from everseal.planning.limits import CaLimits, OrderAhead, subjects
from everseal.planning.refusals import CaSaid, Hold
from everseal.planning.words import names

_LONGEST: Final = timedelta(days=7)
_URL: Final = re.compile(r"https?://[^\s<>\"']+")
_WORD: Final = re.compile(r"[*a-z0-9._:-]+")
_PAUSE: Final = "unpause"
_BY_NAME: Final = ("domain", "identifier")


def holds_for(order: OrderAhead, said: CaSaid, limits: CaLimits | None, *, now: datetime) -> tuple[Hold, ...]:
    """What is to be remembered of a refusal; nothing where the CA does not say when to come again.

    A CA that wants more than a week is not believed.
    """
    if said.retry_at is None:
        return tuple(_pauses(order, said, limits, now))
    until = min(said.retry_at, now + _LONGEST)
    if until <= now:
        return ()
    if said.unavailable:
        return (Hold((), (), now, until, said.detail),)
    if said.type != "rateLimited":
        return ()
    limit = _meant(said, limits)
    per, about = (_usual(order), None) if limit is None else (limit.per, limit.id)
    label = names(order.identifiers) if "set" in per else ""
    subjects_meant = product(*(_named(order, kind, said.detail) for kind in per))
    return tuple(
        Hold(per, subject, now, until, said.detail, about, label=label) for subject in subjects_meant
    )


def _pauses(order: OrderAhead, said: CaSaid, limits: CaLimits | None, now: datetime) -> Iterator[Hold]:
    """Paused names come without a time, and with the address where a person lifts the pause."""
    found = _URL.search(said.detail)
    if said.type != "rateLimited" or found is None or order.account is None:
        return
    limit = _meant(said, limits)
    url = found[0].rstrip(".,;:)")
    if _PAUSE in url or (limit is not None and limit.pauses):
        for name in _named(order, "identifier", said.detail[: found.start()]):
            yield Hold(("account", "identifier"), (order.account, name), now, None, said.detail, url=url)


def _meant(said: CaSaid, limits: CaLimits | None) -> Limit | None:
    known = () if limits is None else limits.limits
    return next((each for each in known if any(sign in said.detail for sign in each.signs)), None)


def _usual(order: OrderAhead) -> tuple[Subject, ...]:
    return ("address",) if order.account is None else ("account", "set")


def _named(order: OrderAhead, kind: Subject, detail: str) -> tuple[str, ...]:
    """Those of the order's names that the text speaks of, all where it names none."""
    candidates = subjects(order)[kind]
    if kind not in _BY_NAME:
        return candidates
    words = {word.rstrip(".:") for word in _WORD.findall(detail.lower())}
    return tuple(each for each in candidates if each in words) or candidates
