"""Moving the four live links of a lineage to another version.

Where the file system can swap two directories in one step, all four links change at once: a twin of
``live/NAME`` is prepared beside it, with the new links and everything else that is in it, and exchanged.
Otherwise each link is renamed over, the key first, and the caller's journal mends an interruption.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from everseal.model.errors import StoreUnusable
from everseal.store.certbot_dir.layout import KINDS, LINEAGE_README, Kind, LineagePaths
from everseal.system.files import (
    copy_attributes,
    exchange,
    explained,
    fsync_directory,
    is_temporary_of,
    make_directory,
    temporary_name,
    write_file,
)

Exchange = Callable[[str, str], bool]
_LINK_NAMES: Final = frozenset(f"{kind}.pem" for kind in KINDS)
# Left by a Certbot that was killed between two links; it would move the links back at its next start.
_STALE_NAMES: Final = frozenset(f"previous_{kind}.pem" for kind in KINDS)
_ROUNDS: Final = 5


class _CannotTwin(Exception):
    """This directory cannot be prepared a second time: relink instead."""


def move_links(paths: LineagePaths, number: int, *, swap: Exchange = exchange) -> None:
    """Make all four links point to ``number``; a live directory that is missing appears whole.

    Owner, mode, ACL and label of the directory stay, and so does everything else in it.  Raises
    StoreUnusable, with the links unmoved or, where they had to be renamed one by one, partly moved.
    """
    twin = _twin_of(paths.live_dir)
    targets = link_targets(paths, number)
    with explained("write", paths.live_dir):
        _refuse_files(paths)
        settle_twin(paths.live_dir)
        if not os.path.lexists(paths.live_dir):
            _appear(paths, twin, targets)
        elif not _flip_at_once(paths, twin, targets, swap):
            _relink(paths, targets)


def settle_twin(live_dir: str) -> None:
    """Take in what an interrupted move left beside ``live_dir``."""
    twin = _twin_of(live_dir)
    if not os.path.lexists(twin):
        return
    if os.path.lexists(live_dir):
        _merge(twin, live_dir, {})
    else:
        _remove_twin(twin)
    fsync_directory(os.path.dirname(live_dir))


def link_targets(paths: LineagePaths, number: int) -> dict[Kind, str]:
    """What the links hold: relative paths such as ``../../archive/NAME/cert1.pem``, as Certbot writes them.

    Absolute ones where a directory on the way is a link, so that the relative path would lead elsewhere.
    """
    folder = os.path.relpath(paths.archive_dir, paths.live_dir)
    through = os.path.realpath(os.path.join(os.path.realpath(paths.live_dir), folder))
    if through != os.path.realpath(paths.archive_dir) or not paths.links_share_a_directory:
        folder = paths.archive_dir
    return {kind: os.path.join(folder, f"{kind}{number}.pem") for kind in KINDS}


def _refuse_files(paths: LineagePaths) -> None:
    """A file where a link should be is somebody's copy of a certificate or key: not ours to remove."""
    for path in paths.links.values():
        if not os.path.islink(path) and os.path.lexists(path):
            raise StoreUnusable(
                f"cannot replace {path}: it is not a symbolic link",
                remedy=f"move {path} away, and run the same command again",
            )


def _twin_of(live_dir: str) -> str:
    parent, base = os.path.split(live_dir)
    return os.path.join(parent, f".{base}.twin")


def _appear(paths: LineagePaths, twin: str, targets: Mapping[Kind, str]) -> None:
    """A new live directory, whole from its first moment."""
    make_directory(os.path.dirname(twin), 0o700)
    os.mkdir(twin, 0o700)
    for kind, target in targets.items():
        os.symlink(target, os.path.join(twin, f"{kind}.pem"))
    write_file(os.path.join(twin, "README"), LINEAGE_README.encode("ascii"), mode=0o644)
    os.chmod(twin, 0o755)
    fsync_directory(twin)
    os.rename(twin, paths.live_dir)
    fsync_directory(os.path.dirname(paths.live_dir))


def _flip_at_once(paths: LineagePaths, twin: str, targets: Mapping[Kind, str], swap: Exchange) -> bool:
    live_dir = paths.live_dir
    if os.path.islink(live_dir) or os.path.ismount(live_dir) or not paths.links_share_a_directory:
        return False
    try:
        shared = _prepare_twin(live_dir, twin, targets)
    except _CannotTwin:
        _remove_twin(twin)
        return False
    except BaseException:
        with suppress(OSError):
            _remove_twin(twin)
        raise
    if not swap(live_dir, twin):
        _remove_twin(twin)
        return False
    parent = os.path.dirname(live_dir)
    fsync_directory(parent)
    _forget_removed(twin, live_dir, shared)
    _merge(twin, live_dir, shared)
    fsync_directory(parent)
    return True


def _prepare_twin(live_dir: str, twin: str, targets: Mapping[Kind, str]) -> dict[str, int]:
    """Make the twin; gives the inode of each foreign file in it by name."""
    os.mkdir(twin, 0o700)
    shared: dict[str, int] = {}
    with os.scandir(live_dir) as entries:
        for entry in entries:
            if entry.name in _LINK_NAMES or _is_stale(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                raise _CannotTwin
            try:
                os.link(entry.path, os.path.join(twin, entry.name), follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError:  # no links on this file system, or none to another's file
                raise _CannotTwin from None
            shared[entry.name] = entry.inode()
    for kind, target in targets.items():
        os.symlink(target, os.path.join(twin, f"{kind}.pem"))
    _carry_directory(live_dir, twin)
    fsync_directory(twin)
    return shared


def _carry_directory(source: str, target: str) -> None:
    """Owner, group, ACL, label and mode, in the order that keeps each; all of it or _CannotTwin."""
    wanted = os.stat(source)
    have = os.stat(target)
    if (wanted.st_uid, wanted.st_gid) != (have.st_uid, have.st_gid):
        try:
            os.chown(target, wanted.st_uid, wanted.st_gid)
        except PermissionError:
            raise _CannotTwin from None
    if not copy_attributes(source, target):
        raise _CannotTwin
    os.chmod(target, stat.S_IMODE(wanted.st_mode))


def _forget_removed(old: str, live_dir: str, shared: Mapping[str, int]) -> None:
    """What somebody removed while the twin was being made must not come back with it."""
    for name, inode in shared.items():
        path = os.path.join(live_dir, name)
        if not os.path.lexists(os.path.join(old, name)) and _inode(path) == inode:
            os.unlink(path)


def _merge(old: str, live_dir: str, shared: Mapping[str, int]) -> None:
    """Bring what came into ``old`` meanwhile over to ``live_dir``, and remove ``old``.

    Of two files with one name the one that is not in ``shared`` (inodes of the files that both began with)
    stays, or the younger.
    """
    for _ in range(_ROUNDS):
        for name in os.listdir(old):
            _merge_entry(os.path.join(old, name), os.path.join(live_dir, name), shared.get(name))
        try:
            os.rmdir(old)
        except OSError:
            continue
        return
    raise StoreUnusable(
        f"{old} keeps getting new files while it is being removed",
        remedy=f"stop what writes there, move its files to {live_dir} and run the command again",
    )


def _merge_entry(path: str, target: str, shared: int | None) -> None:
    name = os.path.basename(path)
    if name in _LINK_NAMES or _is_stale(name):
        os.unlink(path)
        return
    here = os.lstat(path)
    try:
        there = os.lstat(target)
    except FileNotFoundError:
        os.rename(path, target)
        return
    replaced = there.st_ino == shared or here.st_mtime_ns > there.st_mtime_ns
    if here.st_ino != there.st_ino and replaced:
        os.rename(path, target)
    else:
        os.unlink(path)


def _remove_twin(twin: str) -> None:
    """Remove a twin that never became live; what is in it is in the live directory as well."""
    if not os.path.lexists(twin):
        return
    for name in os.listdir(twin):
        os.unlink(os.path.join(twin, name))
    os.rmdir(twin)


def _relink(paths: LineagePaths, targets: Mapping[Kind, str]) -> None:
    """Rename a new link over each old one, the key first; all are made before, so that it is quick."""
    made: dict[str, str] = {}
    for kind in KINDS:
        path = paths.links[kind]
        _sweep_links(path)
        made[path] = temporary_name(path)
        os.symlink(targets[kind], made[path])
    for path, temporary in made.items():
        os.rename(temporary, path)
    for folder in {os.path.dirname(path) for path in made}:
        fsync_directory(folder)
    for name in _STALE_NAMES:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(paths.live_dir, name))


def _sweep_links(path: str) -> None:
    folder, base = os.path.split(path)
    for name in os.listdir(folder):
        if is_temporary_of(name, base):
            os.unlink(os.path.join(folder, name))


def _is_stale(name: str) -> bool:
    return name in _STALE_NAMES or any(is_temporary_of(name, link) for link in _LINK_NAMES)


def _inode(path: str) -> int | None:
    try:
        return os.lstat(path).st_ino
    except FileNotFoundError:
        return None
