"""Everything that the ledger knows, CA by CA."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from everseal.planning.limit import level
from everseal.planning.refusals import Bucket
from everseal.planning.tally import BucketStanding, CaStanding
from everseal.store.ledger.database import column_of, table_of

if TYPE_CHECKING:
    from everseal.planning.limit import Limit, Spending
    from everseal.planning.limits import CaLimits
    from everseal.planning.refusals import Hold
    from everseal.store.ledger.database import Database


class Counts(Protocol):
    """What was counted and said; both raise LedgerUnusable."""

    def spendings(self, server: str, bucket: Bucket) -> Sequence[Spending]: ...

    def holds(self, server: str) -> Sequence[Hold]: ...


def standings(
    ledger: Counts, database: Database, limits_of: Callable[[str], CaLimits | None], *, now: datetime
) -> tuple[CaStanding, ...]:
    """Every CA of which something is used or in force.  Raises LedgerUnusable."""
    servers = database.rows(
        "SELECT server FROM orders UNION SELECT server FROM certificates UNION SELECT server FROM failures "
        "UNION SELECT server FROM accounts UNION SELECT server FROM waits ORDER BY 1"
    )
    return tuple(
        _standing(str(server), ledger, database, limits_of(str(server)), now) for (server,) in servers
    )


def _standing(
    server: str, ledger: Counts, database: Database, limits: CaLimits | None, now: datetime
) -> CaStanding:
    known = () if limits is None else limits.limits
    buckets = tuple(
        standing
        for limit in known
        for bucket in _buckets(server, limit, database)
        if (standing := _bucket(server, bucket, ledger, database, now)) is not None
    )
    holds = tuple(hold for hold in ledger.holds(server) if not hold.is_over(now))
    return CaStanding(server, limits, buckets, holds)


def _buckets(server: str, limit: Limit, database: Database) -> Iterator[Bucket]:
    """One for each subject that was ever counted."""
    if limit.counts == "accounts":
        yield Bucket(limit, ("",))
        return
    columns = ", ".join(map(column_of, limit.per))
    statement = f"SELECT DISTINCT {columns} FROM {table_of(limit)} WHERE server = ? ORDER BY 1"
    for row in database.rows(statement, server):
        yield Bucket(limit, tuple(str(each) for each in row))


def _bucket(
    server: str, bucket: Bucket, ledger: Counts, database: Database, now: datetime
) -> BucketStanding | None:
    """None where all of it is there again."""
    reached = level(bucket.limit, ledger.spendings(server, bucket))
    used = reached.used(now)
    paused = reached.overdrawn and bucket.limit.pauses
    if not used and not paused:
        return None
    return BucketStanding(bucket, _label(server, bucket, database), used, reached.next_at(now), paused=paused)


def _label(server: str, bucket: Bucket, database: Database) -> str:
    if "set" not in bucket.limit.per:
        return ""
    names = bucket.subject[bucket.limit.per.index("set")]
    rows = database.rows("SELECT label FROM sets WHERE server = ? AND names = ?", server, names)
    return str(rows[0][0]) if rows else ""
