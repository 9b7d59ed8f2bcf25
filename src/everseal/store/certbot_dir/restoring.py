"""Bringing a lineage back from a backup: archive files and what else is in its live directory, then the
links, the renewal file last.

The journal names every file that was not there before, with what it will hold.  An interrupted restoring is
finished where all of them have come, and otherwise taken back, so that the lineage is as it was before.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING

from everseal.model.errors import OperatorError, StoreUnusable
from everseal.model.frozen import dataclass
from everseal.store.certbot_dir.archive import live_version
from everseal.store.certbot_dir.commit import make_roots, write_document
from everseal.store.certbot_dir.flip import move_links
from everseal.store.certbot_dir.layout import Layout, LineagePaths, numbered
from everseal.system.files import (
    explained,
    fsync_directory,
    make_directory,
    read_file,
    remove_file,
    sweep_beside,
    write_file,
)

if TYPE_CHECKING:
    from everseal.store.certbot_dir.changes import RestoreChange
    from everseal.store.certbot_dir.state import State


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be made, or with ``target`` a link; ``owner`` is (uid, gid)."""

    path: str
    mode: int
    owner: tuple[int, int]
    data: bytes = field(default=b"", repr=False)
    target: str = ""

    @property
    def mark(self) -> str:
        """What :func:`content_mark` says once it is there."""
        return link_mark(self.target) if self.target else hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class NewFolder:
    """A directory to be made where it is missing."""

    path: str
    mode: int
    owner: tuple[int, int]


def restore_lineage(
    change: RestoreChange,
    folders: Sequence[NewFolder],
    files: Sequence[NewFile],
    *,
    layout: Layout,
    state: State,
) -> None:
    """Carry a restoring out from its journal to its end; the lineage's lock is held.

    Raises StoreUnusable, before the links move with everything as it was.
    """
    state.write_change(change)
    try:
        make_roots(layout)
        for folder in folders:
            _make(folder)
        for file in files:
            write_new(file)
        _verify(change)
    except BaseException:
        with suppress(OperatorError, OSError):
            undo_restore(change, layout, state)
        raise
    finish_restore(change, layout, state)


def finish_restore(change: RestoreChange, layout: Layout, state: State) -> None:
    """The second half, from the hooks owed on; doing it again is harmless."""
    paths = restored_paths(change, layout)
    for owed in change.owed:
        state.owe_hook(owed)
    if live_version(paths) != change.number:
        move_links(paths, change.number)
    sweep_beside(paths.conf)
    if change.conf_before is not None:
        write_document(paths.conf, change.conf_text, before=change.conf_before)
    elif not os.path.lexists(paths.conf):
        data = change.conf_text.encode("utf-8")
        write_file(paths.conf, data, mode=change.conf_mode, owner=(change.conf_uid, change.conf_gid))
    state.drop_change(change.name)


def undo_restore(change: RestoreChange, layout: Layout, state: State) -> tuple[int, ...]:
    """Take away what had come, unless it is live already; gives the versions concerned."""
    known = [numbered(os.path.basename(path)) for path in change.files]
    versions = tuple(sorted({each[1] for each in known if each is not None}))
    if live_version(restored_paths(change, layout)) in versions:
        state.drop_change(change.name)
        return ()
    for path, mark in change.files.items():
        if content_mark(path) == mark:
            remove_file(path)
    for folder in change.folders:
        with suppress(OSError):
            os.rmdir(folder)
            fsync_directory(os.path.dirname(folder))
    state.drop_change(change.name)
    return versions


def is_restored_whole(change: RestoreChange) -> bool:
    """Whether every file has come, with the content it was to get."""
    return all(content_mark(path) == mark for path, mark in change.files.items())


def sweep_restored(change: RestoreChange) -> None:
    """Remove what a killed writer left beside the files."""
    for path in change.files:
        sweep_beside(path)


def restored_paths(change: RestoreChange, layout: Layout) -> LineagePaths:
    """Where the lineage lives from then on."""
    return layout.paths_at(change.name, change.live_dir, change.archive_dir, change.links)


def write_new(file: NewFile) -> None:
    """Raises StoreUnusable, also where something is there already."""
    try:
        if file.target:
            _write_link(file.path, file.target)
        else:
            write_file(file.path, file.data, mode=file.mode, owner=file.owner, exclusive=True)
    except FileExistsError:
        raise StoreUnusable(
            f"{file.path} appeared while it was being written", remedy="run the same command again"
        ) from None


def content_mark(path: str) -> str | None:
    """What tells a file's content, or a link's target, from others; None where nothing is."""
    if os.path.islink(path):
        return link_mark(os.readlink(path))
    try:
        return hashlib.sha256(read_file(path)).hexdigest()
    except FileNotFoundError:
        return None


def link_mark(target: str) -> str:
    """The mark of a link to ``target``."""
    return f"-> {target}"


def _write_link(path: str, target: str) -> None:
    """Raises FileExistsError."""
    with explained("write", path, passing=(FileExistsError,)):
        os.symlink(target, path)
    fsync_directory(os.path.dirname(path))


def _make(folder: NewFolder) -> None:
    if make_directory(folder.path, folder.mode, parents=True):
        with explained("make the directory", folder.path), suppress(PermissionError):
            os.chown(folder.path, *folder.owner)


def _verify(change: RestoreChange) -> None:
    for path, mark in change.files.items():
        if content_mark(path) != mark:
            raise StoreUnusable(
                f"what was written to {path} reads back differently",
                remedy="check the disk before running the command again",
            )
