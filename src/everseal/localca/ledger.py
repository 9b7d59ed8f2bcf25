"""The CA's state in SQLite: one writer, write-ahead log, nothing half-written after a kill."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from everseal.localca.authority import CaDamaged
from everseal.localca.records import (
    Account,
    Authorization,
    Challenge,
    IssuedCertificate,
    Order,
    read_identifier,
    write_identifier,
)
from everseal.model.names import DnsName, Identifier, IpAddress
from everseal.system.files import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Record = Account | Order | Authorization | Challenge | IssuedCertificate
R = TypeVar("R", Account, Order, Authorization, Challenge, IssuedCertificate)

_SCHEMA: Final = """
BEGIN;
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, thumbprint TEXT UNIQUE NOT NULL, jwk TEXT NOT NULL, status TEXT NOT NULL,
    contacts TEXT NOT NULL, terms_agreed INTEGER NOT NULL, binding TEXT, created REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, status TEXT NOT NULL, identifiers TEXT NOT NULL,
    authorizations TEXT NOT NULL, profile TEXT NOT NULL, profile_asked INTEGER NOT NULL, not_before REAL,
    not_after REAL, replaces TEXT, expires REAL NOT NULL, error TEXT, certificate TEXT, csr BLOB,
    created REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS orders_of_account ON orders (account, created);
CREATE INDEX IF NOT EXISTS orders_by_status ON orders (status);
CREATE TABLE IF NOT EXISTS authorizations (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, identifier TEXT NOT NULL, wildcard INTEGER NOT NULL,
    status TEXT NOT NULL, expires REAL NOT NULL, preauthorized INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS authorizations_of_account ON authorizations (account, identifier, wildcard);
CREATE TABLE IF NOT EXISTS challenges (
    id TEXT PRIMARY KEY, authorization TEXT NOT NULL, position INTEGER NOT NULL, type TEXT NOT NULL,
    token TEXT NOT NULL, status TEXT NOT NULL, error TEXT, validated REAL) STRICT;
CREATE INDEX IF NOT EXISTS challenges_of_authorization ON challenges (authorization, position);
CREATE INDEX IF NOT EXISTS challenges_by_status ON challenges (status);
CREATE TABLE IF NOT EXISTS certificates (
    id TEXT PRIMARY KEY, cert_id TEXT UNIQUE NOT NULL, serial TEXT UNIQUE NOT NULL, order_id TEXT NOT NULL,
    account TEXT NOT NULL, identifiers TEXT NOT NULL, not_before REAL NOT NULL, not_after REAL NOT NULL,
    spki TEXT NOT NULL, der BLOB, chain INTEGER NOT NULL, logged REAL NOT NULL, revoked REAL, reason INTEGER,
    replaced_by TEXT, window TEXT, explanation TEXT) STRICT;
CREATE INDEX IF NOT EXISTS certificates_by_key ON certificates (spki);
CREATE INDEX IF NOT EXISTS certificates_revoked ON certificates (revoked) WHERE revoked IS NOT NULL;
CREATE TABLE IF NOT EXISTS blocked_keys (spki TEXT PRIMARY KEY, since REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS used_external_keys (identity TEXT PRIMARY KEY, account TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS buckets (
    name TEXT NOT NULL, subject TEXT NOT NULL, tokens TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (name, subject)) STRICT;
CREATE TABLE IF NOT EXISTS pauses (
    account TEXT NOT NULL, identifier TEXT NOT NULL, ticket TEXT NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (account, identifier)) STRICT;
CREATE TABLE IF NOT EXISTS issued_sets (names TEXT PRIMARY KEY, last REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS log (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, event TEXT NOT NULL,
    subject TEXT NOT NULL) STRICT;
COMMIT;
"""
_TABLES: Final[Mapping[type[Record], str]] = {
    Account: "accounts",
    Order: "orders",
    Authorization: "authorizations",
    Challenge: "challenges",
    IssuedCertificate: "certificates",
}
_FLAGS: Final = frozenset({"terms_agreed", "profile_asked", "wildcard", "preauthorized"})


def _pair(value: list[float]) -> tuple[float, float]:
    return value[0], value[1]


def _identifiers(value: list[str]) -> tuple[Identifier, ...]:
    return tuple(read_identifier(text) for text in value)


_FROM_JSON: Final[Mapping[str, Callable[[Any], object]]] = {
    "jwk": dict,
    "contacts": tuple,
    "binding": dict,
    "identifiers": _identifiers,
    "authorizations": tuple,
    "error": dict,
    "window": _pair,
}


class Ledger:
    """Every read and write goes through one connection under one lock; usable from every thread.

    Group what belongs together in ``transaction()``; a single ``put`` is a transaction of its own.
    """

    def __init__(self, path: str) -> None:
        """Opens or makes the database, for its owner alone; raises CaDamaged, StoreUnusable."""
        self._lock = threading.RLock()
        self._depth = 0
        with explained("write", path):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise CaDamaged(path, str(error)) from None

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """All or nothing; nests.  A ``durable`` one (outermost) is on the disk when it ends; others survive
        the end of the process, but the last of them perhaps not that of the machine."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            except BaseException:
                if self._depth == 1 and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def put(self, record: Record) -> None:
        """Write a record, new or changed."""
        names = [field.name for field in fields(record)]
        values = [_to_column(getattr(record, name)) for name in names]
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        self._write(
            f"INSERT INTO {_TABLES[type(record)]} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            f" ON CONFLICT (id) DO UPDATE SET {changes}",
            *values,
        )

    def get(self, kind: type[R], identity: str) -> R | None:
        return next(iter(self._select(kind, "id = ?", identity)), None)

    def account_of(self, thumbprint: str) -> Account | None:
        return next(iter(self._select(Account, "thumbprint = ?", thumbprint)), None)

    def challenges_of(self, authorization: str) -> list[Challenge]:
        return self._select(Challenge, "authorization = ? ORDER BY position", authorization)

    def orders_of(self, account: str, *, after: int, limit: int) -> list[Order]:
        """The account's orders, oldest first, leaving out the first ``after``."""
        return self._select(Order, "account = ? ORDER BY created, id LIMIT ? OFFSET ?", account, limit, after)

    def open_orders_of(self, account: str) -> list[Order]:
        return self._select(Order, "account = ? AND status IN ('pending', 'ready')", account)

    def valid_authorizations(self, account: str, identifier: Identifier, after: float) -> list[Authorization]:
        """Valid ones for exactly this identifier of an order that do not expire before ``after``."""
        wildcard = int(identifier.is_wildcard)
        return self._select(
            Authorization,
            "account = ? AND identifier = ? AND wildcard = ? AND status = 'valid' AND expires > ?",
            account,
            write_identifier(identifier.base),
            wildcard,
            after,
        )

    def unfinished(self) -> tuple[list[Challenge], list[Order]]:
        """What was in processing when the server stopped."""
        return (
            self._select(Challenge, "status = 'processing'"),
            self._select(Order, "status = 'processing'"),
        )

    def certificate_of_serial(self, serial: str) -> IssuedCertificate | None:
        return next(iter(self._select(IssuedCertificate, "serial = ?", serial)), None)

    def certificate_of_cert_id(self, cert_id: str) -> IssuedCertificate | None:
        """By the certID of RFC 9773 section 4.1."""
        return next(iter(self._select(IssuedCertificate, "cert_id = ?", cert_id)), None)

    def certificates_with_key(self, spki: str) -> list[IssuedCertificate]:
        return self._select(IssuedCertificate, "spki = ? AND der IS NOT NULL", spki)

    def certificates_revoked(self) -> list[IssuedCertificate]:
        return self._select(IssuedCertificate, "revoked IS NOT NULL ORDER BY serial")

    def certificates(self) -> list[IssuedCertificate]:
        """Every certificate ever logged, oldest first."""
        return self._select(IssuedCertificate, "1 ORDER BY logged, id")

    def set_window(self, cert_id: str, window: tuple[float, float], explanation: str | None) -> bool:
        """Override the renewal window of a certificate; whether there is such a certificate."""
        with self.transaction():
            certificate = self.certificate_of_cert_id(cert_id)
            if certificate is not None:
                self.put(replace(certificate, window=window, explanation=explanation))
        return certificate is not None

    def block_key(self, spki: str, *, now: float) -> None:
        self._write("INSERT OR IGNORE INTO blocked_keys (spki, since) VALUES (?, ?)", spki, now)

    def is_blocked(self, spki: str) -> bool:
        return bool(self._rows("SELECT 1 FROM blocked_keys WHERE spki = ?", spki))

    def user_of_external_key(self, identity: str) -> str | None:
        """The account that was first made with an external account key."""
        rows = self._rows("SELECT account FROM used_external_keys WHERE identity = ?", identity)
        return str(rows[0]["account"]) if rows else None

    def note_external_key(self, identity: str, account: str) -> None:
        self._write("INSERT OR IGNORE INTO used_external_keys VALUES (?, ?)", identity, account)

    def count(self, name: str) -> int:
        """The next number of a counter that survives restarts; the first is 1."""
        with self.transaction():
            self._write("INSERT OR IGNORE INTO counters VALUES (?, 0)", name)
            self._write("UPDATE counters SET value = value + 1 WHERE name = ?", name)
            return int(self._rows("SELECT value FROM counters WHERE name = ?", name)[0]["value"])

    def bucket(self, name: str, subject: str) -> tuple[str, int] | None:
        """The tokens in a bucket (a fraction as text) and the moment, in microseconds, they were counted."""
        rows = self._rows("SELECT tokens, at FROM buckets WHERE name = ? AND subject = ?", name, subject)
        return (str(rows[0]["tokens"]), int(rows[0]["at"])) if rows else None

    def set_bucket(self, name: str, subject: str, tokens: str, at: int) -> None:
        self._write("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)", name, subject, tokens, at)

    def empty_bucket(self, name: str, subject: str) -> None:
        """Forget that anything was taken."""
        self._write("DELETE FROM buckets WHERE name = ? AND subject = ?", name, subject)

    def paused(self, account: str) -> dict[str, str]:
        """The account's paused identifiers, each with the ticket that lifts its pause."""
        rows = self._rows("SELECT identifier, ticket FROM pauses WHERE account = ?", account)
        return {str(row["identifier"]): str(row["ticket"]) for row in rows}

    def pause(self, account: str, identifier: str, ticket: str, *, now: float) -> None:
        self._write("INSERT OR IGNORE INTO pauses VALUES (?, ?, ?, ?)", account, identifier, ticket, now)

    def account_of_ticket(self, ticket: str) -> str | None:
        """The account whose pauses the ticket lifts."""
        rows = self._rows("SELECT account FROM pauses WHERE ticket = ?", ticket)
        return str(rows[0]["account"]) if rows else None

    def end_pauses(self, account: str) -> None:
        self._write("DELETE FROM pauses WHERE account = ?", account)

    def set_issued(self, names: str, *, now: float) -> None:
        self._write("INSERT OR REPLACE INTO issued_sets VALUES (?, ?)", names, now)

    def set_last_issued(self, names: str) -> float | None:
        """When a certificate was last issued for exactly these names."""
        rows = self._rows("SELECT last FROM issued_sets WHERE names = ?", names)
        return float(rows[0]["last"]) if rows else None

    def note(self, at: float, event: str, subject: str) -> None:
        """One line of the CA's own log, which is only ever added to."""
        self._write("INSERT INTO log (at, event, subject) VALUES (?, ?, ?)", at, event, subject)

    def log(self) -> list[tuple[float, str, str]]:
        rows = self._rows("SELECT at, event, subject FROM log ORDER BY number")
        return [(float(row["at"]), str(row["event"]), str(row["subject"])) for row in rows]

    def _select(self, kind: type[R], where: str, *values: object) -> list[R]:
        rows = self._rows(f"SELECT * FROM {_TABLES[kind]} WHERE {where}", *values)
        return [_record(kind, row) for row in rows]

    def _rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> None:
        with self.transaction():
            self._connection.execute(statement, values)


def _to_column(value: object) -> object:
    match value:
        case bool():
            return int(value)
        case None | str() | int() | float() | bytes():
            return value
        case tuple():
            return json.dumps([_to_column(item) for item in value])
        case DnsName() | IpAddress():
            return write_identifier(value)
        case _:
            return json.dumps(value)


def _record(kind: type[R], row: sqlite3.Row) -> R:
    return kind(**{name: _from_column(name, value) for name, value in dict(row).items()})


def _from_column(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _FLAGS:
        return bool(value)
    if name == "identifier":
        return read_identifier(value)
    decode = _FROM_JSON.get(name)
    return decode(json.loads(value)) if decode else value
