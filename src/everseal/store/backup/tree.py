"""The files of no lineage that come back: accounts, hooks, settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final

from everseal.model.backup import Entry
from everseal.planning.restoring import FileFate, FileRestore
from everseal.store.backup.ownership import Owners
from everseal.store.certbot_dir.restoring import content_mark, link_mark
from everseal.system.files import (
    explained,
    fsync_directory,
    is_temporary_of,
    make_directory,
    temporary_name,
    write_file,
)

_PRIVATE: Final = ("accounts", "archive", "live", ".everseal")


def plan_files(entries: Iterable[Entry], config_dir: str, *, overwrite: bool) -> Iterator[FileRestore]:
    """In the order of the entries.  Raises StoreUnusable."""
    for entry in entries:
        yield FileRestore(
            entry.path, entry.kind, _fate(entry, os.path.join(config_dir, entry.path), overwrite=overwrite)
        )


def restore_files(
    entries: Iterable[tuple[Entry, bytes]], config_dir: str, owners: Owners, *, overwrite: bool
) -> Iterator[FileRestore]:
    """Look again at each, and write what has to come; gives what became of it.  Raises StoreUnusable.

    The caller sees to it that nobody else restores at the same time.
    """
    for entry, data in entries:
        path = os.path.join(config_dir, entry.path)
        fate = _fate(entry, path, overwrite=overwrite)
        if fate in {"restore", "replace"}:
            _make_parents(os.path.dirname(path), config_dir)
            _sweep(path)
            _put(entry, data, path, owners)
        yield FileRestore(entry.path, entry.kind, fate)


def _fate(entry: Entry, path: str, *, overwrite: bool) -> FileFate:
    if not os.path.lexists(path):
        return "restore"
    if entry.kind == "directory":
        return "same" if os.path.isdir(path) else "in-the-way"
    if os.path.isdir(path) and not os.path.islink(path):
        return "in-the-way"
    if _is_same(entry, path):
        return "same"
    return "replace" if overwrite else "keep"


def _is_same(entry: Entry, path: str) -> bool:
    """By content; a link that leads to the same place by another way is the same."""
    if entry.kind == "link":
        target = os.path.join(os.path.dirname(path), entry.target)
        return os.path.islink(path) and (
            content_mark(path) == link_mark(entry.target)
            or os.path.realpath(path) == os.path.realpath(target)
        )
    mark = content_mark(os.path.realpath(path)) if os.path.exists(path) else None
    return mark == entry.sha256


def _put(entry: Entry, data: bytes, path: str, owners: Owners) -> None:
    match entry.kind:
        case "file":
            write_file(path, data, mode=entry.mode, owner=owners.of(entry))
        case "link":
            with explained("write", path):
                _appear(path, lambda temporary: os.symlink(entry.target, temporary))
        case "directory":
            with explained("make the directory", path):
                _appear(path, lambda temporary: _make(temporary, entry, owners))


def _appear(path: str, make: Callable[[str], None]) -> None:
    """Made under another name, so that it is there as it should be or not at all."""
    temporary = temporary_name(path)
    make(temporary)
    os.rename(temporary, path)
    fsync_directory(os.path.dirname(path))


def _make(path: str, entry: Entry, owners: Owners) -> None:
    os.mkdir(path, 0o700)
    with suppress(PermissionError):
        os.chown(path, *owners.of(entry))
    os.chmod(path, entry.mode)
    fsync_directory(path)


def _make_parents(folder: str, config_dir: str) -> None:
    """What a backup of a few lineages does not say: modes as usual."""
    if os.path.isdir(folder):
        return
    if folder != config_dir:
        _make_parents(os.path.dirname(folder), config_dir)
    inside = os.path.relpath(folder, config_dir)
    make_directory(folder, 0o700 if inside.split("/")[0] in _PRIVATE else 0o755)


def _sweep(path: str) -> None:
    """Remove what a killed restore left on its way to ``path``."""
    folder, base = os.path.split(path)
    with explained("clean", folder):
        for name in os.listdir(folder):
            if not is_temporary_of(name, base):
                continue
            temporary = os.path.join(folder, name)
            with suppress(FileNotFoundError):
                if os.path.isdir(temporary) and not os.path.islink(temporary):
                    os.rmdir(temporary)
                else:
                    os.unlink(temporary)
