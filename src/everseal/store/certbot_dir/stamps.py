"""The stats of files in one text, by which one sees that they are as they were; loads little."""

from __future__ import annotations

import os

from everseal.system.files import explained, temporary_base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

YOUNG_NS: Final = 2_000_000_000
"""A file that changes twice within a tick of its file system's clock can look the same: what is so young is
not to be remembered."""

_CONF: Final = ".conf"


def renewal_stamps(renewal_dir: str) -> dict[str, bytes]:
    """The renewal files by the names of their lineages, in order; empty for one that cannot be looked at, or
    that somebody is writing, or was when he was killed.

    Raises StoreUnusable.
    """
    found: dict[str, bytes] = {}
    half_written: list[str | None] = []
    with explained("read the directory", renewal_dir):
        try:
            files = os.scandir(renewal_dir)
        except FileNotFoundError:
            return found
        with files:
            for file in files:
                if file.name.endswith(_CONF) and not file.name.startswith("."):
                    found[file.name] = _stamp(file)
                elif file.name.startswith("."):
                    half_written.append(temporary_base(file.name))
    found.update({name: b"" for name in half_written if name in found})
    return {name.removesuffix(_CONF): found[name] for name in sorted(found)}


def stamp_of(paths: Iterable[str]) -> bytes:
    """Of what the paths lead to; empty where one leads nowhere."""
    try:
        return b" ".join([stamp(os.stat(path)) for path in paths])
    except OSError:
        return b""


def changed_ns(stamps: bytes) -> int:
    """When the youngest of the files was changed, in nanoseconds since 1970; ``stamps`` is not empty."""
    numbers = stamps.split(b" ")
    return max(map(int, numbers[0::5] + numbers[1::5]))


def _stamp(file: os.DirEntry[str]) -> bytes:
    try:
        return stamp(file.stat())
    except OSError:
        return b""


def stamp(seen: os.stat_result) -> bytes:
    """Of one file or directory."""
    times = (seen.st_mtime_ns, seen.st_ctime_ns)
    return b"%d %d %d %d %d" % (*times, seen.st_size, seen.st_ino, seen.st_dev)
