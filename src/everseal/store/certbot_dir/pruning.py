"""Removing old versions, and what Certbot left in ``csr/`` and ``keys/`` before its version 2.0."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from everseal.store.certbot_dir.archive import list_archive, live_version
from everseal.store.certbot_dir.changes import CommitChange, MoveChange, RestoreChange
from everseal.store.certbot_dir.commit import remove_version
from everseal.system.files import explained, remove_file

if TYPE_CHECKING:
    from everseal.store.certbot_dir.changes import Change
    from everseal.store.certbot_dir.layout import Layout, LineagePaths

_LEFTOVERS: Final = (
    ("csr", re.compile(r"[0-9]{4,}_csr-(certbot|letsencrypt)\.pem\Z")),
    ("keys", re.compile(r"[0-9]{4,}_key-(certbot|letsencrypt)\.pem\Z")),
)


def prune_versions(paths: LineagePaths, numbers: Collection[int], change: Change | None) -> tuple[str, ...]:
    """Remove versions, the oldest first, each with its key last; gives the paths removed.

    The live version stays, and what the journal ``change`` is about; nothing goes while the live links do
    not agree.
    """
    live = live_version(paths)
    if live is None:
        return ()
    safe = {live}
    if isinstance(change, CommitChange | MoveChange | RestoreChange):
        safe.add(change.number)
    going = [number for number in list_archive(paths).any if number in numbers and number not in safe]
    return tuple(path for number in going for path in remove_version(paths, number))


def list_leftovers(layout: Layout) -> tuple[str, ...]:
    """Signing requests and keys as old versions of Certbot numbered them; anything else there is not ours."""
    found: list[str] = []
    for name, pattern in _LEFTOVERS:
        folder = os.path.join(layout.config_dir, name)
        with explained("read the directory", folder):
            try:
                entries = sorted(os.listdir(folder))
            except FileNotFoundError:
                continue
        found += [os.path.join(folder, entry) for entry in entries if pattern.match(entry)]
    return tuple(found)


def remove_leftovers(layout: Layout, paths: Collection[str]) -> tuple[str, ...]:
    """Remove those of ``paths`` that are leftovers, and the folders where nothing else is in them."""
    removed = [path for path in list_leftovers(layout) if path in paths and remove_file(path)]
    for folder in {os.path.dirname(path) for path in removed}:
        with suppress(OSError):
            os.rmdir(folder)
    return tuple(removed)
