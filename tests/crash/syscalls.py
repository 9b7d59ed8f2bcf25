"""The system calls that change a file system, and where each names what it changes.

The numbers are those of ``asm/unistd_64.h`` (x86-64) and ``asm-generic/unistd.h`` (aarch64).
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

AT_FDCWD: Final = -100
# A file that is opened with none of these is only read.
OPENED_FOR_CHANGE: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call says a path: the numbers of its arguments; ``directory`` None: the working directory."""

    path: int
    directory: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a call is read.

    ``flags`` is the argument that says how a file is opened; ``data`` how the bytes of a write are given;
    ``allocates`` whether a full disk may refuse it.
    """

    paths: tuple[Place, ...] = ()
    descriptor: int | None = None
    flags: int | None = None
    data: Literal["bytes", "vector"] | None = None
    allocates: bool = False


def _write(data: Literal["bytes", "vector"] | None = None, *, descriptor: int = 0) -> Shape:
    return Shape(descriptor=descriptor, data=data, allocates=True)


def _path(*places: Place, allocates: bool = False) -> Shape:
    return Shape(paths=places, allocates=allocates)


_FIRST, _SECOND, _AT, _SECOND_AT = Place(0), Place(1), Place(1, 0), Place(3, 2)

SHAPES: Final[Mapping[str, Shape]] = {
    "open": Shape(paths=(_FIRST,), flags=1, allocates=True),
    "openat": Shape(paths=(_AT,), flags=2, allocates=True),
    "creat": Shape(paths=(_FIRST,), allocates=True),
    "write": _write("bytes"),
    "pwrite64": _write("bytes"),
    "writev": _write("vector"),
    "pwritev": _write("vector"),
    "pwritev2": _write("vector"),
    "sendfile": _write(),
    "copy_file_range": _write(descriptor=2),
    "fallocate": _write(),
    "ftruncate": Shape(descriptor=0),
    "truncate": _path(_FIRST),
    "fsync": Shape(descriptor=0),
    "fdatasync": Shape(descriptor=0),
    "sync_file_range": Shape(descriptor=0),
    "syncfs": Shape(descriptor=0),
    "fchmod": Shape(descriptor=0),
    "fchown": Shape(descriptor=0),
    "fsetxattr": Shape(descriptor=0, allocates=True),
    "fremovexattr": Shape(descriptor=0),
    "chmod": _path(_FIRST),
    "fchmodat": _path(_AT),
    "fchmodat2": _path(_AT),
    "chown": _path(_FIRST),
    "lchown": _path(_FIRST),
    "fchownat": _path(_AT),
    "setxattr": _path(_FIRST, allocates=True),
    "lsetxattr": _path(_FIRST, allocates=True),
    "removexattr": _path(_FIRST),
    "lremovexattr": _path(_FIRST),
    "utime": _path(_FIRST),
    "utimes": _path(_FIRST),
    "futimesat": _path(_AT),
    "utimensat": _path(_AT),
    "mkdir": _path(_FIRST, allocates=True),
    "mkdirat": _path(_AT, allocates=True),
    "mknod": _path(_FIRST, allocates=True),
    "mknodat": _path(_AT, allocates=True),
    "rename": _path(_FIRST, _SECOND),
    "renameat": _path(_AT, _SECOND_AT),
    "renameat2": _path(_AT, _SECOND_AT),
    "link": _path(_FIRST, _SECOND, allocates=True),
    "linkat": _path(_AT, _SECOND_AT, allocates=True),
    "symlink": _path(_SECOND, allocates=True),
    "symlinkat": _path(Place(2, 1), allocates=True),
    "unlink": _path(_FIRST),
    "unlinkat": _path(_AT),
    "rmdir": _path(_FIRST),
}

_X86_64: Final[Mapping[str, int]] = {
    "write": 1, "open": 2, "pwrite64": 18, "writev": 20, "sendfile": 40, "fsync": 74, "fdatasync": 75,
    "truncate": 76, "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86,
    "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94,
    "utime": 132, "mknod": 133, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197,
    "lremovexattr": 198, "fremovexattr": 199, "utimes": 235, "openat": 257, "mkdirat": 258, "mknodat": 259,
    "fchownat": 260, "futimesat": 261, "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266,
    "fchmodat": 268, "sync_file_range": 277, "utimensat": 280, "fallocate": 285, "pwritev": 296,
    "syncfs": 306, "renameat2": 316, "copy_file_range": 326, "pwritev2": 328, "fchmodat2": 452,
}  # fmt: skip
_GENERIC: Final[Mapping[str, int]] = {
    "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    "mknodat": 33, "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37, "renameat": 38,
    "truncate": 45, "ftruncate": 46, "fallocate": 47, "fchmod": 52, "fchmodat": 53, "fchownat": 54,
    "fchown": 55, "openat": 56, "write": 64, "writev": 66, "pwrite64": 68, "pwritev": 70, "sendfile": 71,
    "fsync": 82, "fdatasync": 83, "sync_file_range": 84, "utimensat": 88, "syncfs": 267, "renameat2": 276,
    "copy_file_range": 285, "pwritev2": 287, "fchmodat2": 452,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """An architecture as seccomp names it (``AUDIT_ARCH_*`` of ``linux/audit.h``), and its numbers."""

    audit_arch: int
    numbers: Mapping[str, int]
    seccomp: int
    pidfd_getfd: int = 438
    names: Mapping[int, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", {number: name for name, number in self.numbers.items()})


MACHINES: Final[Mapping[str, Machine]] = {
    "x86_64": Machine(0xC000003E, _X86_64, seccomp=317),
    "aarch64": Machine(0xC00000B7, _GENERIC, seccomp=277),
}


def this_machine() -> Machine:
    """The machine that this runs on."""
    return MACHINES[platform.machine()]
