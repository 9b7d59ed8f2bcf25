"""One limit of a CA: a bucket of tokens that refills at an even pace.

Let's Encrypt publishes its limits in this form: ``capacity`` may be spent at once, and an empty bucket
is full again after ``period``.  What finds an empty bucket is not spent (the generic cell rate algorithm).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from everseal.model.epoch import EPOCH
from everseal.model.frozen import dataclass
from everseal.planning.words import span

Counted = Literal["orders", "certificates", "failures", "accounts"]
Subject = Literal["account", "domain", "set", "identifier", "address"]
Exemption = Literal["ari", "renewal"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a CA counts, and for whom.

    ``exempt`` are the orders it does not ask: those that replace a certificate within the CA's suggested
    window (*ari*), and those for a set of names that had a certificate before (*renewal*).  With
    ``pauses`` an empty bucket does not refill for whoever found it empty: the name is paused until a person
    asks the CA to go on.  ``signs`` are words by which the CA's message is known to be about this limit.
    """

    id: str
    counts: Counted
    per: tuple[Subject, ...]
    capacity: int
    period: timedelta
    exempt: frozenset[Exemption] = frozenset()
    reset_by_success: bool = False
    pauses: bool = False
    signs: tuple[str, ...] = ()

    @property
    def refill(self) -> timedelta:
        """After how long one more is possible."""
        return self.period / self.capacity

    @property
    def pace(self) -> str:
        """``in 7 days``, or ``in a row`` where a success resets it."""
        return "in a row" if self.reset_by_success else f"in {span(self.period)}"


@dataclass(frozen=True, slots=True)
class Spending:
    """Something that a CA counted.

    ``count`` are several at once.  ``ari`` and ``renewal`` say which exemptions it had; ``settled`` that a
    success came after it.
    """

    at: datetime
    count: int = 1
    ari: bool = False
    renewal: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket is: ``full_at`` is when nothing of it will be missing.

    ``overdrawn`` says that somebody has found it empty.
    """

    limit: Limit
    full_at: datetime = EPOCH
    overdrawn: bool = False

    def used(self, now: datetime) -> int:
        """How many are gone, those that are on their way back counted as gone."""
        missing = max(self.full_at - now, timedelta(0))
        return min(-(-missing // self.limit.refill), self.limit.capacity)

    def next_at(self, now: datetime) -> datetime:
        """The first moment from ``now`` on at which one more is possible."""
        return max(now, self.full_at + self.limit.refill - self.limit.refill * self.limit.capacity)

    def after(self, spending: Spending) -> Level:
        """With this spent too; spendings come in the order of their time."""
        full_at, overdrawn = self.full_at, self.overdrawn
        whole = self.limit.refill * self.limit.capacity
        for _ in range(spending.count):
            later = max(full_at, spending.at) + self.limit.refill
            if later - whole > spending.at:
                overdrawn = True
                break
            full_at = later
        return Level(self.limit, full_at, overdrawn)


def level(limit: Limit, spendings: Iterable[Spending]) -> Level:
    """What all of them, in any order, have left of ``limit``."""
    counted = sorted((each for each in spendings if counts(limit, each)), key=lambda each: each.at)
    reached = Level(limit)
    for each in counted:
        reached = reached.after(each)
    return reached


def counts(limit: Limit, spending: Spending) -> bool:
    """Whether the limit counts it.  A certificate that replaced another in time was not asked whether
    there is room, but it takes room like any other."""
    if spending.settled and limit.reset_by_success:
        return False
    if spending.renewal and "renewal" in limit.exempt:
        return False
    return not (limit.counts == "orders" and spending.ari and "ari" in limit.exempt)
