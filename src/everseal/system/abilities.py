"""What the file system below a directory can do, found out by trying."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from contextlib import suppress
from typing import Final

from everseal.model.frozen import dataclass
from everseal.system.files import exchange, temporary_name

_OFD_SETLK: Final = 37
_FLOCK: Final = "hhqqi4x"
_MAY_NOT: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}


@dataclass(frozen=True, slots=True)
class Abilities:
    """``exchange``: two directories are swapped in one step; ``ofd_locks``: locks belong to the open file;
    ``fsync``: what was written is said to be safe.  ``full`` says that not even this could be written."""

    exchange: bool
    ofd_locks: bool
    fsync: bool
    full: bool = False


def probe(folder: str) -> Abilities | None:
    """Try it in a directory of its own that is gone afterwards; None where nothing may be written."""
    place = temporary_name(os.path.join(folder, "probe"))
    try:
        os.mkdir(place, 0o700)
    except OSError as error:
        if error.errno in _MAY_NOT:
            return None
        return Abilities(exchange=False, ofd_locks=False, fsync=False, full=True)
    first, second, file = (os.path.join(place, name) for name in ("a", "b", "file"))
    try:
        os.mkdir(first)
        os.mkdir(second)
        locks, synced = _try_file(file)
        return Abilities(exchange=_try_exchange(first, second), ofd_locks=locks, fsync=synced)
    except OSError:
        return Abilities(exchange=False, ofd_locks=False, fsync=False, full=True)
    finally:
        with suppress(OSError):
            os.unlink(file)
        for each in (first, second, place):
            with suppress(OSError):
                os.rmdir(each)


def _try_exchange(first: str, second: str) -> bool:
    try:
        return exchange(first, second)
    except OSError:
        return False


def _try_file(path: str) -> tuple[bool, bool]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, b"probe")
        return _can_lock(descriptor), _can_sync(descriptor)
    finally:
        os.close(descriptor)


def _can_lock(descriptor: int) -> bool:
    try:
        fcntl.fcntl(descriptor, _OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    except OSError:
        return False
    return True


def _can_sync(descriptor: int) -> bool:
    try:
        os.fsync(descriptor)
    except OSError:
        return False
    return True
