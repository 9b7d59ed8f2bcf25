"""Files, written so that a crash leaves either the old content or the new, never something between.

Every function here turns what the operating system refuses into one sentence (StoreUnusable), apart from
``FileNotFoundError`` and ``FileExistsError`` where the documentation says that they pass.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from contextlib import contextmanager, suppress

from everseal.model.errors import StoreUnusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

READ_LIMIT: Final = 4 * 1024 * 1024
_LEAST_AT_ONCE: Final = 4096
_TEMPORARY: Final = re.compile(r"\.(?P<base>.*)\.[0-9a-f]{16}\.tmp\Z", re.DOTALL)
_BASE_BYTES: Final = 200
_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100
_CARRIED: Final = ("security.selinux", "system.posix_acl_access", "system.posix_acl_default")
_NO_ATTRIBUTE: Final = {errno.ENODATA, errno.ENOTSUP, errno.EOPNOTSUPP}
_NO_EXCHANGE: Final = {errno.EINVAL, errno.ENOSYS, errno.EBUSY, errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP}
_NO_HARD_LINK: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}

_PATHS_REMEDY: Final = "run as root, or set --config-dir, --work-dir and --logs-dir to writeable paths"
_SENTENCES: Final[dict[int, tuple[str, str]]] = {
    errno.EACCES: ("permission denied", _PATHS_REMEDY),
    errno.EPERM: ("the operation is not permitted", _PATHS_REMEDY),
    errno.ENOSPC: ("no space is left on the device", "free some space there and run the same command again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space there and run the same command again"),
    errno.EROFS: ("the file system is read-only", "mount it for writing, or choose another --config-dir"),
    errno.EIO: ("the device reports an error", "look at the disk (dmesg says more) and run it again"),
    errno.ENOTDIR: ("a part of the path is a file, not a directory", "move that file out of the way"),
    errno.EISDIR: ("there is a directory where a file should be", "move that directory out of the way"),
    errno.EEXIST: ("something else is already there", "move it out of the way"),
    errno.ELOOP: ("it is a symbolic link where none is allowed", "replace the link by what it points to"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter --cert-name or --config-dir"),
    errno.EMFILE: ("too many files are open", "raise the limit with `ulimit -n` and run the command again"),
    errno.ENOENT: ("it does not exist", "check the path"),
}


def unusable(doing: str, path: str, error: OSError) -> StoreUnusable:
    """The sentence for what the operating system said; ``doing`` is a verb: ``write``, ``read``."""
    number = error.errno or 0
    why, remedy = _SENTENCES.get(number, (error.strerror or str(error), "check the path and its owner"))
    return StoreUnusable(f"cannot {doing} {path}: {why}", remedy=remedy)


@contextmanager
def explained(doing: str, path: str, *, passing: tuple[type[OSError], ...] = ()) -> Iterator[None]:
    """Raises StoreUnusable for an OSError of the block, apart from the types in ``passing``."""
    try:
        yield
    except passing:
        raise
    except OSError as error:
        raise unusable(doing, path, error) from error


def read_file(path: str, *, limit: int = READ_LIMIT, streams: bool = False) -> bytes:
    """The whole file; FileNotFoundError passes, a file over ``limit`` bytes is refused.

    So is a FIFO or a device, which might be waited for for ever; ``streams`` takes those too, where an
    operator names the file and may give a pipe.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | (0 if streams else os.O_NONBLOCK)
    with explained("read", path, passing=(FileNotFoundError,)):
        descriptor = os.open(path, flags)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISDIR(found.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            if not streams and not stat.S_ISREG(found.st_mode):
                raise StoreUnusable(
                    f"cannot read {path}: it is a pipe or a device, not a file",
                    remedy="move it out of the way",
                )
            data = _read_all(descriptor, limit + 1, at_once=max(found.st_size, _LEAST_AT_ONCE) + 1)
        finally:
            os.close(descriptor)
    if len(data) > limit:
        raise StoreUnusable(
            f"cannot read {path}: it is larger than {limit} bytes",
            remedy="look at what wrote it, and move it away",
        )
    return data


def _read_all(descriptor: int, most: int, *, at_once: int) -> bytes:
    """Up to ``most`` bytes; memory is taken for ``at_once`` of them, not for all that there might be."""
    parts, size = [], 0
    while part := os.read(descriptor, min(at_once, most - size)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def write_file(
    path: str,
    data: bytes,
    *,
    mode: int,
    owner: tuple[int, int] | None = None,
    exclusive: bool = False,
    keep_attributes_of: str | None = None,
    flush_directory: bool = True,
) -> None:
    """Put ``data`` at ``path`` so that it is there whole, durable and with its mode, or not at all.

    A temporary file in the same directory gets owner, attributes and ``mode`` before any content, is
    flushed and renamed, and the directory is flushed.  ``owner`` is (uid, gid), -1 leaves one as it is; it
    is carried as far as the system allows.  ``keep_attributes_of`` names a file whose ACL and SELinux label
    the new one gets.  With ``exclusive`` a FileExistsError passes when ``path`` is already there.  Who writes
    several files that nobody reads before all are there may flush the directory once, behind the last.
    """
    temporary = temporary_name(path)
    with explained("write", path, passing=(FileExistsError,)):
        try:
            _write_temporary(temporary, data, mode=mode, owner=owner, attributes_of=keep_attributes_of)
            if exclusive:
                _link_exclusively(temporary, path)
            else:
                os.rename(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    if flush_directory:
        fsync_directory(os.path.dirname(path))


def named_file(path: str) -> str:
    """Where the file is that an operator named, links followed, for who puts another in its place.

    Raises StoreUnusable where a device, a pipe or a socket is (``/dev/stdout``): it would be gone.
    """
    with explained("write", path):
        folder = os.path.dirname(os.path.abspath(path))
        os.stat(folder)
        with suppress(FileNotFoundError):
            kind = os.stat(path).st_mode
            if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
                raise StoreUnusable(
                    f"cannot write {path}: it is a pipe or a device, not a file",
                    remedy="name a file; it is replaced whole, so that nobody ever reads half of it",
                )
    return os.path.realpath(path)


def temporary_name(path: str) -> str:
    """A name beside ``path`` that nobody uses and that :func:`is_temporary_of` knows again."""
    directory, base = os.path.split(path)
    return os.path.join(directory, f".{_shortened(base)}.{os.urandom(8).hex()}.tmp")


def is_temporary_of(name: str, base: str) -> bool:
    """Whether a directory entry is a temporary file that was to become ``base``."""
    found = temporary_base(name)
    return found is not None and found == _shortened(base)


def temporary_base(name: str) -> str | None:
    """The name that a temporary file was to get (its first 200 bytes), None for anything else."""
    if not name.endswith(".tmp"):
        return None
    found = _TEMPORARY.match(name)
    return None if found is None else found["base"]


def sweep_stale(folder: str, *, before: float) -> None:
    """Remove the temporary files of a folder that are older than ``before`` (POSIX time).

    For folders that others may be writing to.  A missing folder is a clean one.
    """
    with explained("clean", folder):
        try:
            entries = os.listdir(folder)
        except FileNotFoundError:
            return
        for entry in entries:
            if temporary_base(entry) is not None:
                path = os.path.join(folder, entry)
                with suppress(FileNotFoundError):
                    if os.lstat(path).st_mtime < before:
                        os.unlink(path)


def temporaries_in(folder: str) -> set[str]:
    """The names that the temporary files of a folder were to get; a missing folder has none."""
    with explained("read the directory", folder):
        try:
            return {base for entry in os.listdir(folder) if (base := temporary_base(entry)) is not None}
        except FileNotFoundError:
            return set()


def sweep_beside(path: str) -> None:
    """Remove what killed writers left that was to become ``path``; nobody else is writing it."""
    folder, base = os.path.split(path)
    with explained("clean", folder):
        try:
            entries = os.listdir(folder)
        except FileNotFoundError:
            return
        left = [entry for entry in entries if entry[0] == "." and is_temporary_of(entry, base)]
        for entry in left:
            os.unlink(os.path.join(folder, entry))
    if left:
        fsync_directory(folder)


def make_directory(path: str, mode: int, *, parents: bool = False) -> bool:
    """Make a directory that survives a crash; says whether it was missing.

    ``mode`` holds under any umask; with ``parents`` missing parents get it too.  An existing directory is
    left as it is, so it is made with as much of ``mode`` as the umask lets through: whoever is killed before
    the rest of it leaves one that can be used.
    """
    if os.path.isdir(path):
        return False
    parent = os.path.dirname(os.path.abspath(path))
    if parents:
        make_directory(parent, mode, parents=True)
    with explained("make the directory", path):
        try:
            os.mkdir(path, mode)
        except FileExistsError:
            if os.path.isdir(path):
                return False
            raise
        if stat.S_IMODE(os.stat(path).st_mode) != mode:
            os.chmod(path, mode)
            fsync_directory(path)
    fsync_directory(parent)
    return True


def fsync_directory(path: str) -> None:
    """Make what happened to a directory's entries durable."""
    with explained("write", path or "."):
        descriptor = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(descriptor)


def remove_file(path: str) -> bool:
    """Remove a file or link and make that durable; says whether it was there."""
    with explained("remove", path):
        try:
            os.unlink(path)
        except FileNotFoundError:
            return False
    fsync_directory(os.path.dirname(path))
    return True


def exchange(first: str, second: str) -> bool:
    """Swap two directory entries in one step (Linux ``renameat2``); False where that is not possible.

    Other refusals raise OSError.
    """
    import ctypes

    sys.audit("everseal.exchange", first, second)
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if call(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), first, None, second)


def copy_attributes(source: str, target: str | int) -> bool:
    """Give ``target`` the ACL and SELinux label of ``source``; says whether all of it could be carried.

    Call it before the last chmod of ``target``: setting an ACL changes the mode.
    """
    carried = True
    for name in _CARRIED:
        try:
            value = os.getxattr(source, name)
        except OSError as error:
            carried = carried and error.errno in _NO_ATTRIBUTE
            continue
        carried = _set_attribute(target, name, value) and carried
    return carried


def _set_attribute(target: str | int, name: str, value: bytes) -> bool:
    try:
        if os.getxattr(target, name) == value:
            return True
    except OSError:
        pass
    try:
        os.setxattr(target, name, value)
    except OSError:
        return False
    return True


def _shortened(base: str) -> str:
    return os.fsdecode(os.fsencode(base)[:_BASE_BYTES])


def _write_temporary(
    temporary: str, data: bytes, *, mode: int, owner: tuple[int, int] | None, attributes_of: str | None
) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, mode & 0o600)
    try:
        if attributes_of is not None:
            copy_attributes(attributes_of, descriptor)
        if owner is not None:
            _give(descriptor, owner)
        os.fchmod(descriptor, stat.S_IMODE(mode))
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give(descriptor: int, owner: tuple[int, int]) -> None:
    """As far as the system allows: an unprivileged user may give a file to its groups only."""
    for uid, gid in ((-1, owner[1]), (owner[0], -1)):
        with suppress(PermissionError):
            os.fchown(descriptor, uid, gid)


def _link_exclusively(temporary: str, path: str) -> None:
    try:
        os.link(temporary, path)
    except OSError as error:
        if isinstance(error, FileExistsError) or error.errno not in _NO_HARD_LINK:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
        os.rename(temporary, path)
        return
    os.unlink(temporary)
