"""Giving a lineage another name: archive, live directory with its links, renewal file, records.

The journal says everything beforehand, so that a renaming that was interrupted is finished by the next run;
what has moved already is seen by what is there.  Nothing is ever removed before it stands at its new place.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from everseal.model.errors import LineageExists, OperatorError, StoreUnusable
from everseal.store.certbot_dir.archive import live_version
from everseal.store.certbot_dir.changes import RenameChange
from everseal.store.certbot_dir.flip import move_links, settle_twin
from everseal.store.certbot_dir.layout import HEADER_KINDS, Layout, LineagePaths
from everseal.system.files import (
    explained,
    fsync_directory,
    read_file,
    remove_file,
    sweep_beside,
    write_file,
)

if TYPE_CHECKING:
    from everseal.model.names import CertificateName
    from everseal.settings.renewal_file import RenewalDocument
    from everseal.store.certbot_dir.state import State


def begin_rename(
    paths: LineagePaths, new: CertificateName, number: int, document: RenewalDocument
) -> RenameChange:
    """What goes where.  Directories that do not bear the lineage's name stay where they are.

    Raises LineageExists where something is in the way.
    """
    own_links = paths.links_share_a_directory
    live_dir = _renamed(paths.live_dir, paths.name, new) if own_links else paths.live_dir
    archive_dir = _renamed(paths.archive_dir, paths.name, new)
    links = {
        kind: os.path.join(live_dir, f"{kind}.pem") if own_links else paths.links[kind]
        for kind in HEADER_KINDS
    }
    for old_path, path in ((paths.live_dir, live_dir), (paths.archive_dir, archive_dir)):
        if path != old_path and _holds_something(path):
            raise LineageExists(f"{path} is there already", remedy="choose another name, or move it away")
    document = document.set_header("archive_dir", archive_dir)
    for kind in HEADER_KINDS:
        document = document.set_header(kind, links[kind])
    return RenameChange(
        name=paths.name,
        new_name=new,
        number=number,
        live_dir=paths.live_dir,
        new_live_dir=live_dir,
        archive_dir=paths.archive_dir,
        new_archive_dir=archive_dir,
        links=tuple(links[kind] for kind in HEADER_KINDS),
        conf_text=document.render(),
    )


def rename(change: RenameChange, layout: Layout, state: State) -> None:
    """Carry a renaming out from its journal to its end.

    Raises StoreUnusable; where nothing has moved by then, nothing is left to be finished.
    """
    state.write_change(change)
    try:
        finish_rename(change, layout, state)
    except BaseException:
        if has_not_begun(change, layout):
            with suppress(OperatorError, OSError):
                state.drop_change(change.name)
        raise


def finish_rename(change: RenameChange, layout: Layout, state: State) -> None:
    """Everything after the journal; doing it again is harmless.  Raises StoreUnusable."""
    with explained("rename", change.live_dir):
        settle_twin(change.live_dir)
    _move(change.archive_dir, change.new_archive_dir)
    _move(change.live_dir, change.new_live_dir)
    paths = layout.paths_at(change.new_name, change.new_live_dir, change.new_archive_dir, change.links)
    with explained("rename", paths.live_dir):
        settle_twin(paths.live_dir)
    sweep_beside(paths.conf)
    state.sweep(change.new_name)
    if live_version(paths) != change.number:
        move_links(paths, change.number)
    _move_document(layout.conf(change.name), paths.conf, change.conf_text)
    _move_records(change, state)
    state.drop_change(change.name)


def has_not_begun(change: RenameChange, layout: Layout) -> bool:
    """Whether everything is still where it was before."""
    places = (change.archive_dir, change.live_dir, layout.conf(change.name))
    return all(os.path.lexists(place) for place in places)


def is_blocked(change: RenameChange, layout: Layout) -> bool:
    """Whether somebody else has put something where this lineage was to go."""
    moving = ((change.archive_dir, change.new_archive_dir), (change.live_dir, change.new_live_dir))
    taken = any(old != new and os.path.lexists(old) and _holds_something(new) for old, new in moving)
    return taken or _is_of_another(layout.conf(change.new_name), change.conf_text)


def _renamed(directory: str, old: CertificateName, new: CertificateName) -> str:
    parent, base = os.path.split(directory)
    return os.path.join(parent, new.value) if base == old.value else directory


def _move(old: str, new: str) -> None:
    """Rename a directory, over an empty one if need be, unless it is there already."""
    if old == new or not os.path.lexists(old):
        return
    if _holds_something(new):
        raise _in_the_way(old, new)
    with explained("rename", old):
        os.rename(old, new)
    fsync_directory(os.path.dirname(old))


def _move_document(old: str, new: str, text: str) -> None:
    """The new renewal file gets mode, owner and ACL of the old one, which goes afterwards."""
    if not os.path.lexists(old):
        return
    if _is_of_another(new, text):
        raise _in_the_way(old, new)
    if not os.path.lexists(new):
        with explained("read", old):
            found = os.stat(old)
        write_file(
            new,
            text.encode("utf-8"),
            mode=stat.S_IMODE(found.st_mode),
            owner=(found.st_uid, found.st_gid),
            keep_attributes_of=old,
        )
    remove_file(old)


def _is_of_another(path: str, text: str) -> bool:
    """Whether a renewal file is there that this renaming has not written."""
    try:
        return read_file(path) != text.encode("utf-8")
    except FileNotFoundError:
        return False


def _in_the_way(old: str, new: str) -> StoreUnusable:
    return StoreUnusable(
        f"{old} cannot become {new}: something else is there already",
        remedy=f"move {new} away, and run the same command again",
    )


def _move_records(change: RenameChange, state: State) -> None:
    """Hooks owed, an order under way, and failures that are remembered."""
    for owed in state.owed_hooks():
        if owed.name == change.name:
            state.owe_hook(replace(owed, name=change.new_name))
            state.settle_hook(owed)
    pending = state.pending(change.name)
    if pending is not None:
        state.write_pending(replace(pending, name=change.new_name))
        state.drop_pending(change.name)
    setback = state.setback(change.name)
    if setback is not None:
        state.note_setback(change.new_name, setback)
        state.forget_setback(change.name)


def _holds_something(path: str) -> bool:
    """Whether there is anything but an empty directory."""
    if not os.path.lexists(path):
        return False
    if os.path.islink(path) or not os.path.isdir(path):
        return True
    with explained("read the directory", path):
        return bool(os.listdir(path))
