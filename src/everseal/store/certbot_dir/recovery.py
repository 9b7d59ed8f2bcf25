"""Mending at the start of a run what an earlier one left half done, by content and never by name."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from everseal.model.errors import LineageBroken, LineageMissing
from everseal.model.names import CertificateName
from everseal.model.pending import Recovery
from everseal.store.certbot_dir.archive import (
    BadLink,
    linked_versions,
    list_archive,
    live_version,
    read_files,
)
from everseal.store.certbot_dir.changes import (
    CommitChange,
    DeleteChange,
    MoveChange,
    RenameChange,
    RestoreChange,
)
from everseal.store.certbot_dir.commit import demand_room, finish, sweep_archive, undo
from everseal.store.certbot_dir.deletion import finish_deletion
from everseal.store.certbot_dir.flip import settle_twin
from everseal.store.certbot_dir.layout import KINDS, Layout, LineagePaths
from everseal.store.certbot_dir.lineages import LineageReader
from everseal.store.certbot_dir.moving import finish_move, move
from everseal.store.certbot_dir.renaming import finish_rename, has_not_begun, is_blocked
from everseal.store.certbot_dir.restoring import (
    finish_restore,
    is_restored_whole,
    restored_paths,
    sweep_restored,
    undo_restore,
)
from everseal.store.certbot_dir.state import State
from everseal.store.integrity import is_as_ordered, newest_whole
from everseal.system.files import explained, sweep_beside, sweep_stale

# No writer takes this long: a temporary file that old has lost its writer.
_STALE: Final = timedelta(hours=1)


class Recoverer:
    """Recovers one lineage at a time; the caller holds its lock."""

    def __init__(self, layout: Layout, state: State, reader: LineageReader) -> None:
        self._layout = layout
        self._state = state
        self._reader = reader

    def recover(self, name: CertificateName, *, now: datetime) -> Recovery:
        """Finish or undo an unfinished change, then see that the live links name one sound version.

        Raises StoreUnusable where the disk does not let it, or would not let a new version be written.
        """
        self._state.sweep(name)
        demand_room(self._paths(name) or self._layout.default_paths(name))
        recovery = self._settle_change(name, now=now)
        recovery = self._mend_links(recovery, now=now)
        return replace(recovery, pending=self._state.pending(name))

    def sweep(self, *, now: datetime) -> None:
        """Remove what killed writers left in the folders that all lineages share.  Raises StoreUnusable."""
        before = (now - _STALE).timestamp()
        self._state.sweep_stale(before=before)
        for folder in (self._layout.live_root, self._layout.renewal_dir):
            sweep_stale(folder, before=before)

    def _settle_change(self, name: CertificateName, *, now: datetime) -> Recovery:
        change = self._state.change(name)
        if change is None:
            return Recovery(name)
        # Only here: looking for what is half written goes through a folder with all lineages' files.
        sweep_beside(self._layout.conf(name))
        match change:
            case CommitChange():
                return self._settle_commit(change, now=now)
            case MoveChange():
                return self._settle_move(change)
            case DeleteChange():
                return Recovery(name, deleted=finish_deletion(change, self._layout, self._state))
            case RenameChange():
                return self._settle_rename(change)
            case RestoreChange():
                return self._settle_restore(change)
            case _:
                assert_never(change)

    def _settle_commit(self, change: CommitChange, *, now: datetime) -> Recovery:
        """A version that is whole on disk goes live; any other goes away."""
        paths = self._paths(change.name) or self._paths_of(change)
        if not _is_version_whole(change, paths, now=now):
            had = change.number in list_archive(paths).any
            undo(change, paths, self._state)
            return Recovery(change.name, dropped=(change.number,) if had else ())
        sweep_archive(paths)
        for owed in change.owed:
            self._state.owe_hook(owed)
        moved = live_version(paths)
        finish(change, paths, self._state)
        return Recovery(
            change.name, completed=change.number, moved_to=change.number if moved != change.number else None
        )

    def _settle_move(self, change: MoveChange) -> Recovery:
        paths = self._paths(change.name)
        possible = paths is not None and change.number in list_archive(paths).complete
        if paths is None or not possible:
            self._state.drop_change(change.name)
            return Recovery(change.name)
        moved = live_version(paths) != change.number
        finish_move(change, paths, self._state)
        return Recovery(change.name, moved_to=change.number if moved else None)

    def _settle_rename(self, change: RenameChange) -> Recovery:
        """It is finished, unless nothing has moved and its new place has been taken meanwhile."""
        if is_blocked(change, self._layout) and has_not_begun(change, self._layout):
            self._state.drop_change(change.name)
            return Recovery(change.name)
        finish_rename(change, self._layout, self._state)
        return Recovery(change.name, renamed_to=change.new_name)

    def _settle_restore(self, change: RestoreChange) -> Recovery:
        """What came back from a backup whole goes live; otherwise what had come is taken away again."""
        sweep_restored(change)
        if not is_restored_whole(change):
            return Recovery(change.name, dropped=undo_restore(change, self._layout, self._state))
        paths = restored_paths(change, self._layout)
        moved = live_version(paths) != change.number
        finish_restore(change, self._layout, self._state)
        return Recovery(change.name, completed=change.number, moved_to=change.number if moved else None)

    def _mend_links(self, recovery: Recovery, *, now: datetime) -> Recovery:
        """If the live links are not one whole version, move them to the newest that is."""
        paths = self._paths(recovery.name)
        if paths is None:
            return recovery
        with explained("write", paths.live_dir):
            settle_twin(paths.live_dir)
        live = live_version(paths)
        if live is not None and newest_whole((live,), lambda number: read_files(paths, number), now=now):
            return recovery
        best = newest_whole(list_archive(paths).complete, lambda number: read_files(paths, number), now=now)
        if best is None or best == live or _has_files(paths):
            return recovery
        move(MoveChange(recovery.name, best), paths, self._state)
        return replace(recovery, moved_to=best)

    def _paths_of(self, change: CommitChange) -> LineagePaths:
        """A lineage without a renewal file lives where the journal says."""
        links = {kind: os.path.join(change.live_dir, f"{kind}.pem") for kind in KINDS}
        conf = self._layout.conf(change.name)
        return LineagePaths(change.name, conf, change.live_dir, change.archive_dir, links)

    def _paths(self, name: CertificateName) -> LineagePaths | None:
        try:
            return self._reader.paths(name, self._reader.document(name))
        except (LineageMissing, LineageBroken):
            return None


def _has_files(paths: LineagePaths) -> bool:
    """Whether a live entry is no link: somebody's copy, which is not ours to replace."""
    return any(isinstance(found, BadLink) and found.is_file for found in linked_versions(paths).values())


def _is_version_whole(change: CommitChange, paths: LineagePaths, *, now: datetime) -> bool:
    try:
        files = read_files(paths, change.number)
    except FileNotFoundError:
        return False
    return is_as_ordered(files, change.identifiers, now=now)
