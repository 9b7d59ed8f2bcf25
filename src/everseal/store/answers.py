"""What the CAs last said about each certificate's renewal (RFC 9773), for all lineages in one SQLite file.

One durable write keeps many answers, and no renewal file is written for them.  An answer is the texts that
``[everseal]`` of a renewal file has for one, and whoever reads it parses them like those.  A file that is
missing, damaged or foreign holds no answers, and what cannot be kept is not kept: the CA is asked again.
"""

from __future__ import annotations

import os
import threading
from contextlib import closing

from everseal.store.sqlite_files import DAMAGED, connect, keep, make, passes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Final

FILE: Final = "answers-1.sqlite"
_MOST: Final = 100_000
_LARGEST: Final = 256 * 1024 * 1024
_LONGEST: Final = 4096
_PATIENCE: Final = 5.0
# Where SQLite keeps a number for whoever uses its files (its file format, section 1.3.13).
_IDENTITY_AT: Final = 60
_KEYS: Final = (
    "ari_certificate",
    "ari_ask_again",
    "ari_window_start",
    "ari_window_end",
    "ari_explanation",
    "ari_failures",
)
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS answers (certificate TEXT PRIMARY KEY, ask_again TEXT NOT NULL,"
    " window_start TEXT, window_end TEXT, explanation TEXT, failures TEXT, worthless_at REAL NOT NULL)"
    " STRICT, WITHOUT ROWID"
)
_HAS_TABLE: Final = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'answers'"
_READ: Final = (
    "SELECT certificate, ask_again, window_start, window_end, explanation, failures FROM answers LIMIT ?"
)
_KEEP: Final = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)"
_FORGET: Final = "DELETE FROM answers WHERE worthless_at < ?"
_FORGET_BEYOND: Final = (
    "DELETE FROM answers WHERE certificate IN"
    " (SELECT certificate FROM answers ORDER BY worthless_at DESC, certificate LIMIT -1 OFFSET ?)"
)


def identity(path: str) -> bytes:
    """What tells the file from another that took its place; from none, too.

    Whoever remembers an answer elsewhere forgets it with the file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return b""
    try:
        return os.pread(descriptor, 4, _IDENTITY_AT).hex().encode("ascii")
    except OSError:
        return b""
    finally:
        os.close(descriptor)


class Answers:
    """Implements the ``AnswerBook`` port on the file ``path``; any number of processes and threads at once.

    What other processes write after the first look is not seen.
    """

    def __init__(self, path: str, *, most: int = _MOST) -> None:
        """Of more than ``most`` answers those are forgotten that are worthless first."""
        self._path = path
        self._most = most
        self._known: dict[str, Mapping[str, str]] | None = None
        self._is_damaged = False
        self._lock = threading.Lock()

    def of(self, certificate_id: str) -> Mapping[str, str] | None:
        """The texts about one certificate, by their keys."""
        with self._lock:
            return self._read().get(certificate_id)

    def keep(self, answers: Iterable[tuple[Mapping[str, str], float]], *, now: float) -> None:
        """All at once or not at all; each with the POSIX time from which on it is of no use to anybody.

        What is by ``now`` is forgotten.
        """
        with self._lock:
            self._keep(list(answers), now)

    def _keep(self, answers: Sequence[tuple[Mapping[str, str], float]], now: float) -> None:
        self._read().update((texts[_KEYS[0]], texts) for texts, _ in answers)
        rows = [(*(texts.get(key) for key in _KEYS), worthless_at) for texts, worthless_at in answers]

        def write() -> None:
            self._write(rows, now)

        self._is_damaged = not keep(self._path, write, write, is_damaged=self._is_damaged)

    def _read(self) -> dict[str, Mapping[str, str]]:
        """Once; what is damaged is empty, and made anew when it is written."""
        if self._known is None:
            try:
                self._known = self._look()
            except FileNotFoundError:
                self._known = {}
            except (OSError, *DAMAGED) as error:
                self._known, self._is_damaged = {}, not passes(error)
        return self._known

    def _look(self) -> dict[str, Mapping[str, str]]:
        """Raises OSError, and what damaged files raise."""
        if os.lstat(self._path).st_size > _LARGEST:
            raise ValueError("no file that this program has made")
        with closing(connect(self._path, "ro", patience=_PATIENCE)) as connection:
            if not connection.execute(_HAS_TABLE).fetchone():
                return {}
            rows = connection.execute(_READ, (self._most,))
            return {row[0]: _texts(row) for row in rows if _is_sound(row)}

    def _write(self, rows: Iterable[tuple[object, ...]], now: float) -> None:
        make(self._path)
        with closing(connect(self._path, "rw", patience=_PATIENCE)) as connection, connection:
            if not connection.execute(_HAS_TABLE).fetchone():
                number = int.from_bytes(os.urandom(4), "big", signed=True)
                connection.execute(f"PRAGMA user_version = {number}")
                connection.execute(_TABLE)
            connection.executemany(_KEEP, rows)
            connection.execute(_FORGET, (now,))
            connection.execute(_FORGET_BEYOND, (self._most,))


def _is_sound(row: tuple[object, ...]) -> bool:
    certificate, ask_again, *others = row
    return all(_is_text(each) for each in (certificate, ask_again)) and all(
        each is None or _is_text(each) for each in others
    )


def _is_text(value: object) -> bool:
    """They end on terminals and in renewal files: one line, nothing that steers."""
    return type(value) is str and len(value) <= _LONGEST and value.isprintable()


def _texts(row: tuple[str | None, ...]) -> Mapping[str, str]:
    return {key: text for key, text in zip(_KEYS, row, strict=True) if text is not None}
