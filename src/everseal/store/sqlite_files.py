"""Small SQLite files that may be lost: opened for one look or one write, told damaged from held up."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, Literal

DAMAGED: Final = (sqlite3.Error, ValueError, OverflowError)
"""What using a file raises; a damaged one shows itself in texts and numbers that cannot be, too."""

# What passes by itself or is not for us to mend: permission, locks, memory, read-only, disk, space, opening.
_PASSING: Final = frozenset({3, 5, 6, 7, 8, 9, 10, 13, 14})


def passes(error: Exception) -> bool:
    """Whether the file may be sound for all that."""
    return getattr(error, "sqlite_errorcode", 1) & 0xFF in _PASSING


def make(path: str) -> None:
    """Have a file of our own at ``path``, which is no link.  Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))


def connect(path: str, mode: Literal["ro", "rw"], *, patience: float) -> sqlite3.Connection:
    """A connection to a file that is there; ``patience`` is how many seconds it waits for a lock.

    Raises OSError without a file; what is a link, a pipe or a directory counts as damaged.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise ValueError("no file that this program has made")
    return sqlite3.connect(f"file:{quoted(path)}?mode={mode}", timeout=patience, uri=True)


def keep(path: str, write: Callable[[], None], write_anew: Callable[[], None], *, is_damaged: bool) -> bool:
    """Write to a file, or anew in its place where it is damaged; what cannot be kept is not kept.

    Says whether the file is sound now.
    """
    if not is_damaged:
        try:
            write()
        except OSError:
            return True
        except DAMAGED as error:
            is_damaged = not passes(error)
    if is_damaged:
        with suppress(OSError, *DAMAGED):
            os.unlink(path)
            write_anew()
            return True
    return not is_damaged


def quoted(path: str) -> str:
    """The path in a URI that SQLite takes; a path's own octets, whatever they are."""
    safe = b"/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
    return "".join(chr(octet) if octet in safe else f"%{octet:02X}" for octet in os.fsencode(path))
