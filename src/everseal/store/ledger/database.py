"""The ledger's SQLite file in ``CONFIG/.everseal``: several processes and threads at once, safe from kills.

It is written ahead, without waiting for the disk: what a crash of the whole machine takes with it is found
again in the journals and the archive.  A file that cannot be read is moved aside, and a new one begun.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from everseal.store.sqlite_files import quoted
from everseal.system.files import explained, make_directory

if TYPE_CHECKING:
    from everseal.planning.limit import Limit, Subject

FILE: Final = "ledger-1.sqlite"
_PATIENCE: Final = 5.0
_SCHEMA: Final = """
BEGIN;
CREATE TABLE IF NOT EXISTS orders (
    server TEXT NOT NULL, account TEXT NOT NULL, url TEXT NOT NULL, at REAL NOT NULL, ari INTEGER NOT NULL,
    renewal INTEGER NOT NULL, PRIMARY KEY (server, url, at)) STRICT;
CREATE INDEX IF NOT EXISTS orders_by_account ON orders (server, account, at);
CREATE TABLE IF NOT EXISTS certificates (
    server TEXT NOT NULL, serial TEXT NOT NULL, account TEXT NOT NULL, names TEXT NOT NULL, at REAL NOT NULL,
    renewal INTEGER NOT NULL, PRIMARY KEY (server, serial)) STRICT;
CREATE INDEX IF NOT EXISTS certificates_by_set ON certificates (server, names, at);
CREATE INDEX IF NOT EXISTS certificates_by_account ON certificates (server, account, at);
CREATE TABLE IF NOT EXISTS domains (
    server TEXT NOT NULL, domain TEXT NOT NULL, serial TEXT NOT NULL, account TEXT NOT NULL,
    names TEXT NOT NULL, at REAL NOT NULL, renewal INTEGER NOT NULL,
    PRIMARY KEY (server, domain, serial)) STRICT;
CREATE INDEX IF NOT EXISTS domains_by_time ON domains (server, domain, at);
CREATE TABLE IF NOT EXISTS failures (
    server TEXT NOT NULL, account TEXT NOT NULL, identifier TEXT NOT NULL, at REAL NOT NULL,
    count INTEGER NOT NULL, settled INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS failures_by_name ON failures (server, account, identifier, at);
CREATE TABLE IF NOT EXISTS accounts (
    server TEXT NOT NULL, url TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (server, url)) STRICT;
CREATE TABLE IF NOT EXISTS refusals (
    server TEXT NOT NULL, account TEXT NOT NULL, names TEXT NOT NULL, at REAL NOT NULL, type TEXT NOT NULL,
    detail TEXT NOT NULL, retry_at REAL) STRICT;
CREATE TABLE IF NOT EXISTS waits (
    server TEXT NOT NULL, per TEXT NOT NULL, subject TEXT NOT NULL, since REAL NOT NULL, until REAL,
    detail TEXT NOT NULL, limit_id TEXT, url TEXT, label TEXT NOT NULL,
    PRIMARY KEY (server, per, subject)) STRICT;
CREATE TABLE IF NOT EXISTS sets (
    server TEXT NOT NULL, names TEXT NOT NULL, label TEXT NOT NULL, last REAL NOT NULL,
    PRIMARY KEY (server, names)) STRICT;
CREATE TABLE IF NOT EXISTS folders (
    name BLOB PRIMARY KEY, stamp BLOB NOT NULL, reach INTEGER NOT NULL, at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT;
COMMIT;
"""


def table_of(limit: Limit) -> str:
    """Where what a limit counts has its rows."""
    return "domains" if "domain" in limit.per else limit.counts


def column_of(subject: Subject) -> str:
    """Where a table says for whom a row is."""
    return "names" if subject == "set" else subject


class LedgerUnusable(Exception):
    """The file cannot be read or written; the message says why."""


class LedgerDamaged(LedgerUnusable):
    """The file holds something else than it should."""


class Database:
    """One connection, for every thread; each statement or ``transaction`` is short."""

    def __init__(self, connection: sqlite3.Connection, path: str | None = None) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()

    @classmethod
    def durable(cls, folder: str) -> Database:
        """The file in ``folder``, made where it is missing.  Raises LedgerUnusable, StoreUnusable."""
        make_directory(os.path.dirname(folder), 0o755, parents=True)
        make_directory(folder, 0o700)
        path = os.path.join(folder, FILE)
        try:
            return cls(_opened(path), path)
        except LedgerDamaged:
            _move_aside(path)
            return cls(_opened(path), path)

    @classmethod
    def snapshot(cls, folder: str) -> Database:
        """A copy in memory of what is there now, or nothing; no file is touched."""
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        path = os.path.join(folder, FILE)
        with suppress(sqlite3.Error), closing(_for_reading(path)) as source:
            source.backup(copy)
        try:
            copy.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            copy.close()
            copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            copy.executescript(_SCHEMA)
        return cls(copy)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def move_aside(self) -> None:
        """Let the next run begin anew."""
        if self._path is not None:
            _move_aside(self._path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nothing else may be waited for inside.  Raises LedgerUnusable."""
        with self._lock, _told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read inside is of the same moment, and locked once.  Raises LedgerUnusable."""
        with self._lock, _told():
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Raises LedgerUnusable."""
        with self._lock, _told():
            found: list[tuple[object, ...]] = self._connection.execute(statement, values).fetchall()
        return found

    def write(self, statement: str, *values: object) -> bool:
        """Whether a row was changed; within a transaction.  Raises LedgerUnusable."""
        with self._lock, _told():
            return self._connection.execute(statement, values).rowcount > 0


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LedgerUnusable(str(error)) from None
    except sqlite3.DatabaseError as error:
        raise LedgerDamaged(str(error)) from None


def _opened(path: str) -> sqlite3.Connection:
    with explained("write", path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with _told():
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
    return connection


def _move_aside(path: str) -> None:
    """Keep what cannot be read for whoever wants to look at it, once."""
    with suppress(FileNotFoundError), explained("move away", path, passing=(FileNotFoundError,)):
        os.rename(path, f"{path}.damaged")
    for side in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(path + side)


def _for_reading(path: str) -> sqlite3.Connection:
    """Leaves no trace: nobody else's file is made or removed by looking."""
    quiet = "" if os.path.exists(f"{path}-wal") else "&immutable=1"
    return sqlite3.connect(f"file:{quoted(path)}?mode=ro{quiet}", uri=True, timeout=_PATIENCE)
