"""Deleting a lineage: renewal file, links, README, live directory, archive, in Certbot's order.

A journal comes first, so that a deletion that was interrupted is finished by the next run.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Final

from everseal.store.certbot_dir.archive import list_archive
from everseal.store.certbot_dir.changes import DeleteChange
from everseal.store.certbot_dir.commit import remove_version, sweep_archive
from everseal.store.certbot_dir.flip import settle_twin
from everseal.store.certbot_dir.layout import HEADER_KINDS, KINDS, Layout, LineagePaths, numbered
from everseal.store.certbot_dir.state import State
from everseal.system.files import explained, fsync_directory, remove_file

# What keeps a directory that is missing, a link, in use or a mount point.
_NOT_OURS: Final = {errno.ENOENT, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY}


def begin_deletion(paths: LineagePaths) -> DeleteChange:
    """What is to go."""
    return DeleteChange(
        name=paths.name,
        live_dir=paths.live_dir,
        archive_dir=paths.archive_dir,
        links=tuple(paths.links[kind] for kind in HEADER_KINDS),
    )


def finish_deletion(change: DeleteChange, layout: Layout, state: State) -> tuple[str, ...]:
    """Remove what is still there; gives the paths removed, in order.

    Files that are not the lineage's own stay, and the directories that hold them.
    """
    state.write_change(change)
    paths = layout.paths_at(change.name, change.live_dir, change.archive_dir, change.links)
    removed = [path for path in (paths.conf, *change.links) if _remove(path)]
    if paths.links_share_a_directory:
        removed += _remove_live(paths)
    removed += _remove_archive(paths, layout)
    for owed in state.owed_hooks():
        if owed.name == change.name:
            state.settle_hook(owed)
    state.drop_pending(change.name)
    state.drop_change(change.name)
    return tuple(removed)


def present_paths(change: DeleteChange, layout: Layout) -> tuple[str, ...]:
    """What :func:`finish_deletion` would remove as things stand, in order."""
    paths = layout.paths_at(change.name, change.live_dir, change.archive_dir, change.links)
    found = [path for path in (paths.conf, *change.links) if os.path.lexists(path)]
    if paths.links_share_a_directory:
        found += [paths.readme] if os.path.lexists(paths.readme) else []
        ours = {"README", *(f"{part}{kind}.pem" for kind in KINDS for part in ("", "previous_"))}
        found += _emptied(paths.live_dir, ours.__contains__)
    own = paths.archive_dir == layout.default_paths(paths.name).archive_dir
    found += _emptied(paths.archive_dir, lambda entry: own or numbered(entry) is not None)
    return tuple(found)


def _emptied(folder: str, goes: Callable[[str], bool]) -> list[str]:
    """The directory, if it is one and nothing stays in it."""
    if os.path.islink(folder) or not os.path.isdir(folder):
        return []
    return [folder] if all(map(goes, os.listdir(folder))) else []


def _remove(path: str) -> bool:
    return os.path.isdir(os.path.dirname(path)) and remove_file(path)


def _remove_live(paths: LineagePaths) -> list[str]:
    with explained("remove", paths.live_dir):
        settle_twin(paths.live_dir)
    removed = [paths.readme] if _remove(paths.readme) else []
    for kind in KINDS:
        _remove(os.path.join(paths.live_dir, f"previous_{kind}.pem"))
    return removed + _remove_directory(paths.live_dir)


def _remove_archive(paths: LineagePaths, layout: Layout) -> list[str]:
    """The default archive directory goes whole, as with Certbot; elsewhere only what is numbered."""
    for number in list_archive(paths).any:
        remove_version(paths, number)
    sweep_archive(paths)
    own = paths.archive_dir == layout.default_paths(paths.name).archive_dir
    if own and os.path.isdir(paths.archive_dir) and not os.path.islink(paths.archive_dir):
        from shutil import rmtree

        with explained("remove", paths.archive_dir):
            rmtree(paths.archive_dir)
        fsync_directory(os.path.dirname(paths.archive_dir))
        return [paths.archive_dir]
    return _remove_directory(paths.archive_dir)


def _remove_directory(path: str) -> list[str]:
    """Remove an empty directory; one that is missing, a link or not empty stays as it is."""
    with explained("remove", path):
        try:
            os.rmdir(path)
        except OSError as error:
            if error.errno not in _NOT_OURS:
                raise
            return []
    fsync_directory(os.path.dirname(path))
    return [path]
