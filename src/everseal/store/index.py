"""What was learnt of the lineages, remembered for the next run: a cache in one SQLite file.

The files are the truth.  An entry is a few octets about one lineage, and what it says is believed only while
its seal fits: a keyed digest that nobody makes who does not know this machine's secret.  A file that is
missing, damaged, foreign, locked or on a file system that cannot be written is an empty cache, and what
cannot be kept is not kept; nothing here ever fails.
"""

from __future__ import annotations

import os
import sqlite3
from hashlib import blake2b

from everseal.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Final, Literal

    Chapter = Literal["renewals", "listing", "standing"]

FILE: Final = "index.sqlite"
_LAYOUT: Final = 1
_SEAL_SIZE: Final = 8
_PATIENCE: Final = 0.5
# What passes by itself or is not for us to mend: permission, locks, memory, read-only, disk, space, opening.
_PASSING: Final = frozenset({3, 5, 6, 7, 8, 9, 10, 13, 14})
# A damaged file shows itself in texts and numbers that cannot be, too.
_DAMAGED: Final = (sqlite3.Error, ValueError, OverflowError)
_HAS_TABLE: Final = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
_COLUMNS: Final = "(name BLOB PRIMARY KEY, seal BLOB NOT NULL, body BLOB NOT NULL)"


class Index:
    """One chapter of the cache in the file ``path``; entries go by certificate name.

    Read it before it is written: what is found damaged then is made anew.
    """

    def __init__(self, path: str, chapter: Chapter, *, secret: bytes) -> None:
        self._path = path
        self._table = f"{chapter}_{_LAYOUT}"
        self._key = blake2b(f"{VERSION} {self._table}".encode(), key=secret[:64]).digest()
        self._believed: dict[str, bytes] = {}
        self._is_damaged = False

    def read(self) -> dict[str, bytes]:
        """Every entry that can be believed."""
        self._believed = {}
        if os.path.exists(self._path):
            try:
                self._read()
            except _DAMAGED as error:
                self._is_damaged = not _passes(error)
        return dict(self._believed)

    def write(self, entries: Mapping[str, bytes], gone: Collection[str]) -> None:
        """Keep ``entries`` and forget those of ``gone``, all at once or not at all."""
        if not entries and not gone and not self._is_damaged:
            return
        if self._is_damaged:
            self._begin_anew(entries, gone)
            return
        try:
            self._write(entries, gone)
        except OSError:
            return
        except _DAMAGED as error:
            if not _passes(error):
                self._begin_anew(entries, gone)

    def _read(self) -> None:
        connection = self._connect("ro")
        try:
            if not connection.execute(_HAS_TABLE, (self._table,)).fetchone():
                return
            for name, seal, body in connection.execute(f"SELECT name, seal, body FROM {self._table}"):
                if type(name) is bytes and type(body) is bytes and seal == self._seal(name, body):
                    self._believed[os.fsdecode(name)] = body
                else:
                    self._is_damaged = True
        finally:
            connection.close()

    def _begin_anew(self, entries: Mapping[str, bytes], gone: Collection[str]) -> None:
        """In place of a file that is no database, one of another kind, or one with entries of another key."""
        kept = {name: body for name, body in self._believed.items() if name not in gone}
        try:
            os.unlink(self._path)
            self._write({**kept, **entries}, ())
        except (OSError, *_DAMAGED):
            return

    def _write(self, entries: Mapping[str, bytes], gone: Iterable[str]) -> None:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        connection = self._connect("rw")
        try:
            connection.execute("PRAGMA synchronous = OFF")
            with connection:
                connection.execute(f"CREATE TABLE IF NOT EXISTS {self._table} {_COLUMNS}")
                connection.executemany(
                    f"DELETE FROM {self._table} WHERE name = ?", [(os.fsencode(name),) for name in gone]
                )
                connection.executemany(
                    f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?)",
                    [self._row(os.fsencode(name), body) for name, body in entries.items()],
                )
        finally:
            connection.close()

    def _row(self, name: bytes, body: bytes) -> tuple[bytes, bytes, bytes]:
        return name, self._seal(name, body), body

    def _seal(self, name: bytes, body: bytes) -> bytes:
        return blake2b(name + b"\0" + body, key=self._key, digest_size=_SEAL_SIZE).digest()

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{_quoted(self._path)}?mode={mode}", timeout=_PATIENCE, uri=True)


def _passes(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 1) & 0xFF in _PASSING


def _quoted(path: str) -> str:
    """The path in a URI that SQLite takes; a path's own octets, whatever they are."""
    safe = b"/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
    return "".join(chr(octet) if octet in safe else f"%{octet:02X}" for octet in os.fsencode(path))
