"""The ledger stays small: what no limit looks at any more goes, once a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from everseal.planning.ca_limits import LONGEST_MEMORY
from everseal.store.ledger.database import Database

_EVERY: Final = timedelta(days=1)
_COUNTED: Final = LONGEST_MEMORY + timedelta(days=1)
_REFUSED: Final = timedelta(days=30)
_SETS: Final = timedelta(days=200)
_FOLDED: Final = timedelta(days=8)
_FAILED: Final = timedelta(days=1500)
_MOST: Final = 200_000
_DAY: Final = 86400


def prune(database: Database, now: datetime) -> None:
    """Within a transaction.  Failures of the same name on one old day become one row."""
    done = database.rows("SELECT value FROM notes WHERE name = 'pruned'")
    if done and 0 <= now.timestamp() - float(str(done[0][0])) < _EVERY.total_seconds():
        return
    database.write("INSERT OR REPLACE INTO notes VALUES ('pruned', ?)", now.timestamp())
    for table, age in (
        ("orders", _COUNTED),
        ("certificates", _COUNTED),
        ("domains", _COUNTED),
        ("accounts", _COUNTED),
        ("folders", _COUNTED),
        ("refusals", _REFUSED),
        ("failures", _FAILED),
    ):
        database.write(f"DELETE FROM {table} WHERE at < ?", (now - age).timestamp())
        database.write(
            f"DELETE FROM {table} WHERE at < (SELECT at FROM {table} ORDER BY at DESC LIMIT 1 OFFSET {_MOST})"
        )
    database.write("DELETE FROM sets WHERE last < ?", (now - _SETS).timestamp())
    database.write("DELETE FROM waits WHERE until < ?", now.timestamp())
    _fold_failures(database, (now - _FOLDED).timestamp())


def _fold_failures(database: Database, before: float) -> None:
    database.write("DELETE FROM failures WHERE settled = 1 AND at < ?", before)
    folded = database.rows(
        "SELECT server, account, identifier, min(at), sum(count) FROM failures WHERE at < ? "
        f"GROUP BY server, account, identifier, CAST(at / {_DAY} AS INTEGER)",
        before,
    )
    database.write("DELETE FROM failures WHERE at < ?", before)
    for row in folded:
        database.write("INSERT INTO failures VALUES (?, ?, ?, ?, ?, 0)", *row)
