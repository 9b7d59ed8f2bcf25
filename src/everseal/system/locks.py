"""File locks that exclude Certbot's, and each other, also between the threads of one process.

Linux open-file-description locks (``F_OFD_SETLK``) conflict with the POSIX locks that Certbot takes with
``lockf``, but belong to the descriptor: closing another descriptor of the same file does not lose them,
and two threads exclude each other.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading

from everseal.model.errors import Busy
from everseal.system.files import explained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Final, Protocol

    from everseal.model.clock import Clock

    class Primitive(Protocol):
        """How a descriptor is locked; never waits."""

        def take(self, descriptor: int, *, shared: bool) -> bool:
            """Take or convert the lock; False when somebody else holds it."""

        def release(self, descriptor: int) -> None:
            """Give the lock back, if it was taken, and close the descriptor."""


_OFD_SETLK: Final = 37
_FLOCK: Final = "hhqqi4x"
_HELD: Final = {errno.EACCES, errno.EAGAIN}
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.25
_LOST: Final = {errno.ENOENT, errno.ESTALE}


class OpenFileDescriptionLock:
    """The lock belongs to the open file; closing its descriptor ends it."""

    def take(self, descriptor: int, *, shared: bool) -> bool:
        kind = fcntl.F_RDLCK if shared else fcntl.F_WRLCK
        request = struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)
        try:
            fcntl.fcntl(descriptor, _OFD_SETLK, request)
        except OSError as error:
            if error.errno in _HELD:
                return False
            raise
        return True

    def release(self, descriptor: int) -> None:
        os.close(descriptor)


class ProcessWideLock:
    """POSIX ``lockf`` with a table of this process's holders, where the kernel lacks the better kind.

    A POSIX lock belongs to the process: without the table two threads would both believe to hold it, and
    closing any descriptor of the file loses it, so descriptors stay open as long as one of them holds the
    lock.  One object serves a whole process.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._holders: dict[tuple[int, int], dict[int, bool]] = {}
        self._parked: dict[tuple[int, int], list[int]] = {}

    def take(self, descriptor: int, *, shared: bool) -> bool:
        with self._mutex:
            holders = self._holders.setdefault(_identity(descriptor), {})
            others = [held_shared for holder, held_shared in holders.items() if holder != descriptor]
            if others and not (shared and all(others)):
                return False
            if not _lockf(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
                return False
            holders[descriptor] = shared
            return True

    def release(self, descriptor: int) -> None:
        with self._mutex:
            file = _identity(descriptor)
            self._holders.get(file, {}).pop(descriptor, None)
            self._parked.setdefault(file, []).append(descriptor)
            if not self._holders.get(file):
                self._holders.pop(file, None)
                for parked in self._parked.pop(file):
                    os.close(parked)


# The table of a ProcessWideLock has to be one for the process: that is what it is for.
_PROCESS_WIDE: Final = ProcessWideLock()


class Lock:
    """A held lock; a context manager that releases it."""

    def __init__(
        self, path: str, descriptor: int, primitive: Primitive, *, shared: bool, unlink: bool
    ) -> None:
        self.path = path
        self.shared = shared
        self._descriptor = descriptor
        self._primitive = primitive
        self._unlink = unlink

    def upgrade(self) -> bool:
        """Make a shared lock exclusive, without waiting; False when others share it."""
        if self._primitive.take(self._descriptor, shared=False):
            self.shared = False
            return True
        return False

    def release(self) -> None:
        """Give the lock back; a second call does nothing.

        A lock file that is not to stay is removed only while it is held exclusively, so that nobody who
        waits at the old file is fooled.
        """
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        try:
            exclusive = self._unlink and self._primitive.take(descriptor, shared=False)
            if exclusive and _is_at(descriptor, self.path):
                os.unlink(self.path)
        except OSError:
            # The file stays, which harms nobody; the lock itself ends with the descriptor.
            self._unlink = False
        finally:
            self._primitive.release(descriptor)

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def lock_file(
    path: str,
    *,
    clock: Clock,
    shared: bool = False,
    wait: float | None = 0,
    unlink: bool = False,
    busy: Busy | None = None,
    primitive: Primitive | None = None,
) -> Lock:
    """Take the lock of the file ``path``, which is made (0600) when missing.

    Waits up to ``wait`` seconds (None: for ever), then raises ``busy``.  With ``unlink`` the file is
    removed at release, as Certbot removes its own.  Raises StoreUnusable where the file cannot be made.
    """
    deadline = None if wait is None else clock.monotonic() + wait
    pause = _FIRST_PAUSE
    while True:
        lock = _try(path, shared=shared, unlink=unlink, primitive=primitive)
        if lock is not None:
            return lock
        left = pause if deadline is None else deadline - clock.monotonic()
        if left <= 0:
            raise busy or Busy(
                f"another process holds the lock {path}",
                remedy="wait until it has ended and run the command again",
            )
        clock.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)


def _try(path: str, *, shared: bool, unlink: bool, primitive: Primitive | None) -> Lock | None:
    """One attempt; None when it is held, or when the file was removed between opening and locking."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with explained("lock", path):
        descriptor = os.open(path, flags, 0o600)
        try:
            used = primitive or _best_primitive(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        try:
            held = used.take(descriptor, shared=shared) and _is_at(descriptor, path)
        except BaseException:
            used.release(descriptor)
            raise
        if not held:
            used.release(descriptor)
            return None
    return Lock(path, descriptor, used, shared=shared, unlink=unlink)


def _best_primitive(descriptor: int) -> Primitive:
    """The kernel answers EINVAL where it does not know the better kind."""
    request = struct.pack(_FLOCK, fcntl.F_UNLCK, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(descriptor, _OFD_SETLK, request)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return _PROCESS_WIDE
    return OpenFileDescriptionLock()


def _lockf(descriptor: int, kind: int) -> bool:
    try:
        fcntl.lockf(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True


def _is_at(descriptor: int, path: str) -> bool:
    """Whether the open file is still the one that ``path`` names."""
    try:
        named = os.stat(path, follow_symlinks=False)
    except OSError as error:
        if error.errno in _LOST:
            return False
        raise
    return (named.st_dev, named.st_ino) == _identity(descriptor)


def _identity(descriptor: int) -> tuple[int, int]:
    opened = os.fstat(descriptor)
    return opened.st_dev, opened.st_ino
