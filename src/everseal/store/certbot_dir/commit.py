"""Bringing a new version into a lineage so that nothing is lost wherever it stops.

Journal, key, certificate and chains (each whole and durable), verification from disk, hooks owed, the flip
of the live links, the renewal file last.  Before the flip a failure leaves everything as it was; after it
the journal stays open and :mod:`~everseal.store.certbot_dir.recovery` finishes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from everseal.model.errors import OperatorError, StoreUnusable
from everseal.store.certbot_dir.archive import Archive, list_archive, live_version, read_files
from everseal.store.certbot_dir.changes import CommitChange
from everseal.store.certbot_dir.flip import move_links
from everseal.store.certbot_dir.layout import KINDS, ROOT_README, Kind, Layout, LineagePaths, numbered
from everseal.store.integrity import demand_sound
from everseal.system.files import (
    explained,
    fsync_directory,
    make_directory,
    read_file,
    remove_file,
    temporary_base,
    unusable,
    write_file,
)

if TYPE_CHECKING:
    from datetime import datetime

    from everseal.model.lineage import VersionFiles
    from everseal.store.certbot_dir.state import State

_KEY_FILE: Final = 0o600
_KEY_KEEPS: Final = 0o074
_PUBLIC_FILE: Final = 0o644


def perform(
    change: CommitChange,
    paths: LineagePaths,
    files: VersionFiles,
    *,
    layout: Layout,
    state: State,
    now: datetime,
) -> None:
    """Carry a commit out from its first write to its last; the lineage's lock is held.

    Raises Unsound and StoreUnusable, before the flip with everything as it was.
    """
    state.write_change(change)
    try:
        make_room(layout, paths)
        write_version(paths, change.number, files)
        _verify(change, paths, files, now=now)
        for owed in change.owed:
            state.owe_hook(owed)
    except BaseException:
        with suppress(OperatorError, OSError):
            undo(change, paths, state)
        raise
    finish(change, paths, state)


def finish(change: CommitChange, paths: LineagePaths, state: State) -> None:
    """The second half, from the flip on; doing it again is harmless."""
    live = live_version(paths)
    if live is None or live < change.number:
        move_links(paths, change.number)
    write_document(paths.conf, change.conf_text, before=change.conf_before)
    state.drop_pending(change.name)
    state.drop_change(change.name)


def undo(change: CommitChange, paths: LineagePaths, state: State) -> None:
    """Take a version away that never became live, and the directories made for it."""
    remove_version(paths, change.number)
    sweep_archive(paths)
    if change.new and not os.path.lexists(paths.conf):
        for directory in (paths.archive_dir, paths.live_dir):
            with suppress(OSError):
                os.rmdir(directory)
    state.drop_change(change.name)


def make_room(layout: Layout, paths: LineagePaths) -> None:
    """The directories that a lineage lives in, with Certbot's modes."""
    make_roots(layout)
    make_directory(paths.archive_dir, 0o755)


def make_roots(layout: Layout) -> None:
    """The directories that all lineages live in, with Certbot's modes."""
    make_directory(layout.config_dir, 0o755, parents=True)
    for root in (layout.renewal_dir, layout.archive_root, layout.live_root):
        make_directory(root, 0o700)
    readme = os.path.join(layout.live_root, "README")
    if not os.path.lexists(readme):
        write_file(readme, ROOT_README.encode("ascii"), mode=_PUBLIC_FILE)


def demand_room(paths: LineagePaths) -> None:
    """Raises StoreUnusable where a new version could not be written: known before a CA is asked for one."""
    for directory in (paths.archive_dir, os.path.dirname(paths.live_dir), os.path.dirname(paths.conf)):
        while not os.path.exists(directory):
            directory = os.path.dirname(directory)
        if not os.access(directory, os.W_OK | os.X_OK, effective_ids=True):
            number = errno.EROFS if os.statvfs(directory).f_flag & os.ST_RDONLY else errno.EACCES
            raise unusable("write", directory, OSError(number, os.strerror(number)))


def write_version(paths: LineagePaths, number: int, files: VersionFiles) -> None:
    """The four files, the key first, each whole; durable when it returns.  Raises StoreUnusable.

    Until the live links name them nobody reads them: their directory is flushed once for all.
    """
    before = list_archive(paths)
    contents: tuple[tuple[Kind, bytes], ...] = (
        ("privkey", files.key_pem),
        ("cert", files.cert_pem),
        ("chain", files.chain_pem),
        ("fullchain", files.fullchain_pem),
    )
    for kind, data in contents:
        path = paths.archived(kind, number)
        model = _predecessor(paths, before, kind)
        mode, owner = _key_attributes(model) if kind == "privkey" else (_PUBLIC_FILE, None)
        try:
            write_file(
                path,
                data,
                mode=mode,
                owner=owner,
                exclusive=True,
                keep_attributes_of=model,
                flush_directory=False,
            )
        except FileExistsError:
            raise StoreUnusable(
                f"{path} appeared while it was being written", remedy="run the same command again"
            ) from None
    fsync_directory(paths.archive_dir)


def remove_version(paths: LineagePaths, number: int) -> tuple[str, ...]:
    """Remove a version's files, the key last; gives the paths that were there."""
    removed: list[str] = []
    with explained("remove files from", paths.archive_dir):
        for kind in reversed(KINDS):
            path = paths.archived(kind, number)
            with suppress(FileNotFoundError):
                os.unlink(path)
                removed.append(path)
        if removed:
            fsync_directory(paths.archive_dir)
    return tuple(removed)


def sweep_archive(paths: LineagePaths) -> None:
    """Remove what writers that were killed left beside the numbered files."""
    with explained("read the directory", paths.archive_dir):
        try:
            entries = os.listdir(paths.archive_dir)
        except FileNotFoundError:
            return
    for entry in entries:
        base = temporary_base(entry)
        if base is not None and numbered(base) is not None:
            remove_file(os.path.join(paths.archive_dir, entry))


def write_document(path: str, text: str, *, before: str | None) -> None:
    """Write a renewal file unless somebody else changed it since; owner, mode and ACL stay.

    ``before`` is the digest of what it held when ``text`` was made from it.
    """
    current = document_digest(path)
    if current == text_digest(text) or current != before:
        return
    mode, owner, model = _PUBLIC_FILE, None, None
    with suppress(FileNotFoundError):
        found = os.stat(path)
        mode, owner, model = stat.S_IMODE(found.st_mode), (found.st_uid, found.st_gid), path
    write_file(path, text.encode("utf-8"), mode=mode, owner=owner, keep_attributes_of=model)


def document_digest(path: str) -> str | None:
    """The SHA-256 of a renewal file, None when there is none."""
    try:
        return hashlib.sha256(read_file(path)).hexdigest()
    except FileNotFoundError:
        return None


def text_digest(text: str) -> str:
    """The SHA-256 of a renewal file that holds ``text``."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _verify(change: CommitChange, paths: LineagePaths, files: VersionFiles, *, now: datetime) -> None:
    """What is on disk now has to be what was meant, and fit to serve."""
    written = read_files(paths, change.number)
    if written != files:
        raise StoreUnusable(
            f"what was written to {paths.archive_dir} reads back differently",
            remedy="check the disk before running the command again",
        )
    demand_sound(change.name, written, change.identifiers, now=now)


def _predecessor(paths: LineagePaths, before: Archive, kind: Kind) -> str | None:
    """The newest earlier file of a kind, whose access rights the next one continues."""
    numbers: Sequence[int] = [number for number, kinds in before.kinds.items() if kind in kinds]
    return paths.archived(kind, max(numbers)) if numbers else None


def _key_attributes(model: str | None) -> tuple[int, tuple[int, int] | None]:
    """A successor keeps the group and what the group may do: 0600 | old & 0074, as Certbot has it."""
    if model is None:
        return _KEY_FILE, None
    try:
        found = os.stat(model)
    except FileNotFoundError:
        return _KEY_FILE, None
    return _KEY_FILE | (stat.S_IMODE(found.st_mode) & _KEY_KEEPS), (-1, found.st_gid)
