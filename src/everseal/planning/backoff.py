"""How long unattended runs wait after a failed order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_FIRST: Final = timedelta(hours=1)
_FIRST_SHARE: Final = 50
_LONGEST: Final = timedelta(hours=24)
_LONGEST_SHARE: Final = 6
_LONGEST_UNANSWERED: Final = timedelta(hours=6)
_LONGEST_UNANSWERED_SHARE: Final = 24
_LONGEST_ASKED: Final = timedelta(days=7)
_MOST_DOUBLINGS: Final = 10


def retry_at(
    failures: int,
    *,
    failed_at: datetime,
    lifetime: timedelta | None = None,
    asked: datetime | None = None,
    unanswered: bool = False,
) -> datetime:
    """One hour after the first failure, doubling to a day; shorter for short-lived certificates.

    ``failures`` counts consecutive failed orders, at least one.  ``asked`` is when the CA wants to be
    asked again: never before that, but a CA that wants more than a week is not believed.  ``unanswered``
    says that there was no answer at all: the wait ends after six hours, for the CA may be back.
    """
    longest, share = (
        (_LONGEST_UNANSWERED, _LONGEST_UNANSWERED_SHARE) if unanswered else (_LONGEST, _LONGEST_SHARE)
    )
    first = _FIRST
    if lifetime is not None:
        first, longest = min(first, lifetime / _FIRST_SHARE), min(longest, lifetime / share)
    doublings = min(max(failures, 1) - 1, _MOST_DOUBLINGS)
    wait = min(first * (1 << doublings), longest)
    if asked is not None:
        wait = max(wait, min(asked - failed_at, _LONGEST_ASKED))
    return failed_at + wait
