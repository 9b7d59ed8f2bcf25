"""What a CA's limits leave for an order, and whether it would be refused; pure.

The order of the checks, what is counted when, and who is exempt are those of Let's Encrypt: paused names
first, then every limit at once; the longest wait is the one that counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import product

from everseal.model.frozen import dataclass
from everseal.model.names import Identifier
from everseal.planning.limit import Limit, Spending, Subject, level
from everseal.planning.refusals import Bucket, Hold, LimitReached, Paused, Refusal


@dataclass(frozen=True, slots=True)
class CaLimits:
    """The limits that a CA publishes, where they were read and when.

    A set of names counts as renewed when it had a certificate within ``renewal_memory``.  Certificates
    begin ``backdate`` before they are issued.
    """

    name: str
    directories: tuple[str, ...]
    limits: tuple[Limit, ...]
    source: str
    date: date
    renewal_memory: timedelta
    backdate: timedelta

    @property
    def memory(self) -> timedelta:
        """How long anything matters to a limit that no success resets."""
        return max((each.period for each in self.limits if not each.reset_by_success), default=timedelta(0))

    def issued_at(self, not_before: datetime, now: datetime) -> datetime:
        """When a certificate was issued that begins then."""
        return min(not_before + self.backdate, now)


@dataclass(frozen=True, slots=True)
class OrderAhead:
    """What of an order matters to its CA's limits.

    ``account`` is the account's URL, None for one that is to be registered.  ``ari`` says that it replaces
    a certificate within the CA's suggested window, ``previous`` when the CA last issued for exactly these
    identifiers, as far as whoever asks knows.  A ledger fills in the rest: ``domains``, the registered
    domains of the identifiers, each once (an IPv4 address is its own, an IPv6 address its /64), and
    ``renewal``, whether the CA takes it for a renewal; and it may know a later
    ``previous``.
    """

    server: str
    account: str | None
    identifiers: tuple[Identifier, ...]
    ari: bool = False
    previous: datetime | None = None
    domains: tuple[str, ...] = ()
    renewal: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """How an order stands with one limit.

    ``used`` is what is gone before it, ``cost`` what it takes.  ``exempt`` orders are not refused for
    want of room.  ``possible_at`` is when there is room, at once where it is the moment of the forecast.
    """

    bucket: Bucket
    used: int
    cost: int
    exempt: bool
    possible_at: datetime

    @property
    def is_last(self) -> bool:
        """Whether it takes what is left."""
        return self.cost > 0 and self.used + self.cost >= self.bucket.limit.capacity


@dataclass(frozen=True, slots=True)
class Forecast:
    """How an order stands with every limit that concerns it, and why it would be refused, if it would.

    ``last_issued`` is when the CA last issued for exactly these identifiers.
    """

    uses: tuple[Use, ...] = ()
    refusal: Refusal | None = None
    last_issued: datetime | None = None

    @property
    def last_of_set(self) -> Use | None:
        """The limit on certificates for exactly these names, if the order takes the last one."""
        return next((use for use in self.uses if use.is_last and "set" in use.bucket.limit.per), None)


def set_id(identifiers: Iterable[Identifier]) -> str:
    """Says the same for the same set of identifiers, in any order."""
    text = "\n".join(sorted(f"{each.type}:{each.value}" for each in set(identifiers)))
    return hashlib.sha256(text.encode("ascii", "backslashreplace")).hexdigest()[:32]


def subjects(order: OrderAhead) -> Mapping[Subject, tuple[str, ...]]:
    """For whom a CA may count the order; an address only where an account is yet to be made from it."""
    return {
        "account": () if order.account is None else (order.account,),
        "domain": order.domains,
        "set": (set_id(order.identifiers),),
        "identifier": tuple(each.value for each in order.identifiers),
        "address": () if order.account is not None else ("",),
    }


def buckets(order: OrderAhead, limits: Iterable[Limit]) -> tuple[Bucket, ...]:
    """The buckets that the CA looks into before it takes the order."""
    for_whom = subjects(order)
    return tuple(
        Bucket(limit, subject)
        for limit in limits
        for subject in product(*(for_whom[kind] for kind in limit.per))
    )


def forecast(
    order: OrderAhead,
    spent: Mapping[Bucket, Sequence[Spending]],
    holds: Collection[Hold] = (),
    *,
    now: datetime,
) -> Forecast:
    """How the order would fare ``now``; ``spent`` is what is known of each of its :func:`buckets`."""
    uses = tuple(_use(order, bucket, spendings, now) for bucket, spendings in spent.items())
    exempt = {use.bucket.limit.id for use in uses if use.exempt}
    refusals = [
        *(hold.refusal for hold in holds if _is_in_force(hold, order, now) and hold.limit not in exempt),
        *_pauses(spent),
        *(_reached(use) for use in uses if not use.exempt and use.possible_at > now),
    ]
    return Forecast(uses, max(refusals, key=_weight, default=None), order.previous)


def _use(order: OrderAhead, bucket: Bucket, spendings: Sequence[Spending], now: datetime) -> Use:
    limit = bucket.limit
    reached = level(limit, spendings)
    renewed = order.renewal and "renewal" in limit.exempt
    replaced = order.ari and "ari" in limit.exempt
    takes = limit.counts != "failures" and not renewed and not (replaced and limit.counts == "orders")
    exempt = renewed or replaced or limit.pauses
    return Use(bucket, reached.used(now), int(takes), exempt, reached.next_at(now))


def _pauses(spent: Mapping[Bucket, Sequence[Spending]]) -> Iterator[Paused]:
    for bucket, spendings in spent.items():
        if bucket.limit.pauses and level(bucket.limit, spendings).overdrawn:
            yield Paused(bucket.subject[-1])


def concerns(hold: Hold, order: OrderAhead) -> bool:
    """Whether what the CA said is about orders like this one."""
    for_whom = subjects(order)
    return all(value in for_whom[kind] for kind, value in zip(hold.per, hold.subject, strict=True))


def _is_in_force(hold: Hold, order: OrderAhead, now: datetime) -> bool:
    return not hold.is_over(now) and concerns(hold, order)


def _reached(use: Use) -> LimitReached:
    return LimitReached(use.bucket, use.used, use.possible_at)


def _weight(refusal: Refusal) -> tuple[bool, float]:
    """What lasts longest counts; what only a person can end, most; of two pauses the one the CA told."""
    if isinstance(refusal, Paused):
        return True, float(refusal.since is not None)
    return False, refusal.until.timestamp()
