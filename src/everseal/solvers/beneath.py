"""Directories held by a descriptor, so that no link below the root is ever followed.

Each step opens one component relative to the descriptor of the one above, with ``O_NOFOLLOW``.
Whoever may write below the root can move things about, but cannot make us touch anything that he
could not reach himself.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from everseal.model.frozen import dataclass
from everseal.solvers.errors import InTheWay, NoDirectory, NoFileName

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_DIRECTORY_MODE = 0o755
_FILE_MODE = 0o644
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom new files and directories are given to, where this process may give them away."""

    user: int
    group: int


@dataclass(frozen=True, slots=True)
class MadeDirectory:
    """A directory that was made here, told from another of the same name by its inode."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Directory:
    """An open directory; ``path`` is for messages only."""

    descriptor: int
    path: str

    def owner(self) -> Owner:
        found = os.fstat(self.descriptor)
        return Owner(found.st_uid, found.st_gid)

    def identity(self) -> tuple[int, int]:
        """The same by whatever path it was opened."""
        found = os.fstat(self.descriptor)
        return found.st_dev, found.st_ino

    @contextmanager
    def enter(self, name: str) -> Iterator[Directory]:
        """Raises InTheWay for anything but a directory, FileNotFoundError for nothing."""
        path = os.path.join(self.path, _plain(name))
        try:
            descriptor = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise InTheWay(path, self._kind_of(name), "directory") from None
            raise
        try:
            yield Directory(descriptor, path)
        finally:
            os.close(descriptor)

    def make(self, name: str, owner: Owner) -> MadeDirectory | None:
        """A new directory with mode 0755 under any umask; None where something of that name is there.

        Mode and owner are set on the descriptor, and only if it is ours and empty: what is opened
        may be another directory that was moved into the place of the one just made.  Raises InTheWay.
        """
        try:
            os.mkdir(_plain(name), _DIRECTORY_MODE, dir_fd=self.descriptor)
        except FileExistsError:
            return None
        with self.enter(name) as made:
            found = os.fstat(made.descriptor)
            if found.st_uid != os.geteuid() or os.listdir(made.descriptor):
                return None
            _settle(made.descriptor, _DIRECTORY_MODE, owner)
            return MadeDirectory(found.st_dev, found.st_ino)

    def write(self, name: str, content: bytes, owner: Owner) -> None:
        """Make sure that ``name`` is a regular file which everybody can read, with this content.

        Another regular file of the name is replaced.  Raises InTheWay for anything else.
        """
        for _ in range(_TRIES):
            with suppress(FileExistsError):
                self._create(name, content, owner)
                return
            if self._already_holds(name, content):
                return
            self._unlink(name)
        raise FileExistsError(errno.EEXIST, "it is made anew as often as it is removed", name)

    def _create(self, name: str, content: bytes, owner: Owner) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(_plain(name), flags, _FILE_MODE, dir_fd=self.descriptor), "wb") as file:
            _settle(file.fileno(), _FILE_MODE, owner)
            file.write(content)

    def remove_file(self, name: str, content: bytes) -> None:
        """Remove a regular file that holds ``content`` or the beginning of it; leave everything else."""
        with suppress(FileNotFoundError, InTheWay):
            if content.startswith(self._read(name, len(content) + 1)):
                self._unlink(name)

    def remove_directory(self, name: str, made: MadeDirectory) -> bool:
        """Remove an empty directory if it is still the one that was made; True when it is gone."""
        try:
            found = self._look_at(name)
            if (found.st_dev, found.st_ino) != (made.device, made.inode):
                return True
            os.rmdir(name, dir_fd=self.descriptor)
        except FileNotFoundError:
            return True
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            if error.errno != errno.ENOTDIR:  # something else was put in its place just now
                raise
        return True

    def _unlink(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)

    def _already_holds(self, name: str, content: bytes) -> bool:
        """Raises InTheWay; a file that not everybody can read is none that holds it."""
        with suppress(FileNotFoundError, PermissionError):
            same = self._read(name, len(content) + 1) == content
            return same and bool(self._look_at(name).st_mode & stat.S_IROTH)
        return False

    def _read(self, name: str, limit: int) -> bytes:
        """The first bytes of a regular file; raises InTheWay, without opening it, for anything else."""
        if not stat.S_ISREG(self._look_at(name).st_mode):
            raise InTheWay(os.path.join(self.path, name), self._kind_of(name), "file")
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, dir_fd=self.descriptor), "rb", buffering=0) as file:
            return file.read(limit)

    def _look_at(self, name: str) -> os.stat_result:
        return os.stat(_plain(name), dir_fd=self.descriptor, follow_symlinks=False)

    def _kind_of(self, name: str) -> str:
        with suppress(OSError):
            mode = self._look_at(name).st_mode
            for is_kind, kind in (
                (stat.S_ISLNK, "a symbolic link"),
                (stat.S_ISREG, "a file"),
                (stat.S_ISDIR, "a directory"),
                (stat.S_ISFIFO, "a pipe"),
            ):
                if is_kind(mode):
                    return kind
        return "something special"


@contextmanager
def open_root(path: str) -> Iterator[Directory]:
    """The root itself may be reached through links: they are the operator's.  Raises NoDirectory, OSError."""
    try:
        descriptor = os.open(path, _DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        raise NoDirectory(path) from None
    try:
        yield Directory(descriptor, path)
    finally:
        os.close(descriptor)


def _plain(name: str) -> str:
    """One component that stays in its directory: the last guard, whatever was checked before."""
    if not name or "/" in name or "\0" in name or name in {".", ".."}:
        raise NoFileName(name)
    return name


def _settle(descriptor: int, mode: int, owner: Owner) -> None:
    """Owner first: giving a file away clears bits of its mode.

    Who is not root keeps what he makes, and some file systems have neither owners nor modes.
    """
    with suppress(OSError):
        os.fchown(descriptor, owner.user, owner.group)
    with suppress(OSError):
        os.fchmod(descriptor, mode)
