"""What was learnt of the lineages, remembered for the next run: a cache in one SQLite file.

The files are the truth.  An entry is a few octets about one lineage, and what it says is believed only while
its seal fits: a keyed digest that nobody makes who does not know this machine's secret.  A file that is
missing, damaged, foreign, locked or on a file system that cannot be written is an empty cache, and what
cannot be kept is not kept; nothing here ever fails.
"""

from __future__ import annotations

import os
from hashlib import blake2b

from everseal.store.sqlite_files import DAMAGED, connect, keep, make, passes
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
        self._saved: Mapping[str, bytes] = {}
        self._is_damaged = False

    def read(self) -> Mapping[str, bytes]:
        """Every entry that can be believed."""
        believed: dict[str, bytes] = {}
        try:
            self._read_into(believed)
        except OSError:
            return believed
        except DAMAGED as error:
            self._is_damaged = not passes(error)
        self._saved = believed if self._is_damaged else {}
        return believed

    def write(self, entries: Mapping[str, bytes], gone: Collection[str]) -> None:
        """Keep ``entries`` and forget those of ``gone``, all at once or not at all."""
        if not entries and not gone and not self._is_damaged:
            return
        kept = {name: body for name, body in self._saved.items() if name not in gone}
        sound = keep(
            self._path,
            lambda: self._write(entries, gone),
            lambda: self._write({**kept, **entries}, ()),
            is_damaged=self._is_damaged,
        )
        self._is_damaged = not sound

    def _read_into(self, believed: dict[str, bytes]) -> None:
        connection = connect(self._path, "ro", patience=_PATIENCE)
        try:
            if not connection.execute(_HAS_TABLE, (self._table,)).fetchone():
                return
            for name, seal, body in connection.execute(f"SELECT name, seal, body FROM {self._table}"):
                if type(name) is bytes and type(body) is bytes and seal == self._seal(name, body):
                    believed[os.fsdecode(name)] = body
                else:
                    self._is_damaged = True
        finally:
            connection.close()

    def _write(self, entries: Mapping[str, bytes], gone: Iterable[str]) -> None:
        make(self._path)
        connection = connect(self._path, "rw", patience=_PATIENCE)
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
