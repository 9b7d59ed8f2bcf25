"""Looking: everything the checks need to know of a directory, read once and without changing anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from typing import Final

from everseal.model.errors import LineageBroken, OperatorError
from everseal.model.names import CertificateName
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.certbot_dir.archive import linked_version
from everseal.store.certbot_dir.layout import KINDS, Kind, Layout, LineagePaths, numbered
from everseal.store.certbot_dir.lineages import LineageReader
from everseal.store.doctor.observation import Entry, EntryKind, SeenAccount, SeenLineage, SeenVersion
from everseal.system.files import read_file

_LIMIT: Final = 256 * 1024
_ACCOUNT_FILES: Final = ("private_key.json", "regr.json", "meta.json")


def look_at(path: str) -> Entry | None:
    """One path, None where nothing is there or it cannot be seen."""
    try:
        found = os.lstat(path)
        target = os.readlink(path) if stat.S_ISLNK(found.st_mode) else None
    except OSError:
        return None
    mode = stat.S_IMODE(found.st_mode)
    kind = _kind(found.st_mode)
    return Entry(path, kind, mode, found.st_uid, found.st_gid, found.st_size, found.st_mtime, target)


def entries_of(folder: str) -> tuple[Entry, ...]:
    """What is in a directory, by name; nothing where there is none."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ()
    seen = [look_at(os.path.join(folder, name)) for name in names]
    return tuple(entry for entry in seen if entry is not None)


def see_lineage(name: CertificateName, layout: Layout, reader: LineageReader) -> SeenLineage | None:
    """A renewal file and what it leads to; None where there is no such file."""
    conf = look_at(layout.conf(name))
    if conf is None:
        return None
    document = _document(name, conf.path, reader)
    stated = _stated(name, document, reader)
    default = layout.default_paths(name)
    usual = os.path.isdir(default.archive_dir) or os.path.isdir(default.live_dir)
    moved = (
        stated is not None and usual and not any(map(os.path.isdir, (stated.live_dir, stated.archive_dir)))
    )
    paths = default if stated is None or moved else stated
    there = os.path.isdir(paths.live_dir)
    return SeenLineage(
        name=name,
        conf=conf,
        document=document,
        paths=paths,
        default=default,
        stated=stated,
        links={kind: linked_version(paths, kind) for kind in KINDS} if there else None,
        targets=dict(_targets(paths)),
        copies=dict(_copies(paths)),
        versions=_versions(paths),
        live_entries=entries_of(paths.live_dir),
        archive_dir=look_at(paths.archive_dir),
        usual=usual,
    )


def see_accounts(layout: Layout) -> Iterator[SeenAccount]:
    """Every folder that is an account, or was meant to be one; links to other folders are passed over."""
    root = layout.accounts_root
    for folder, inner, files in os.walk(root, followlinks=False):
        inner.sort()
        is_account = any(name in files for name in _ACCOUNT_FILES) or _is_bare_account(folder, inner, files)
        entry = look_at(folder) if is_account and folder != root else None
        if entry is None:
            continue
        entries = {each: look_at(os.path.join(folder, each)) for each in files}
        contents = {each: _content(os.path.join(folder, each)) for each in files if each in _ACCOUNT_FILES}
        yield SeenAccount(
            place=os.path.relpath(os.path.dirname(folder), root),
            id=os.path.basename(folder),
            folder=entry,
            entries={each: seen for each, seen in entries.items() if seen is not None},
            contents={each: data for each, data in contents.items() if data is not None},
        )


def _is_bare_account(folder: str, inner: list[str], files: list[str]) -> bool:
    """A folder that is named like an account and holds nothing."""
    base = os.path.basename(folder)
    return not inner and not files and len(base) == 32 and set(base) <= set("0123456789abcdef")


def _kind(mode: int) -> EntryKind:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "other"


def _document(name: CertificateName, path: str, reader: LineageReader) -> RenewalDocument | OperatorError:
    if os.path.exists(path) and not os.path.isfile(path):
        return LineageBroken(name.value, f"{path} is no file", remedy=f"move {path} away")
    try:
        return reader.document(name)
    except OperatorError as error:
        return error


def _stated(
    name: CertificateName, document: RenewalDocument | OperatorError, reader: LineageReader
) -> LineagePaths | None:
    if isinstance(document, OperatorError):
        return None
    try:
        return reader.paths(name, document)
    except LineageBroken:
        return None


def _targets(paths: LineagePaths) -> Iterator[tuple[Kind, str]]:
    for kind in KINDS:
        entry = look_at(paths.links[kind])
        if entry is not None and entry.target is not None:
            yield kind, entry.target


def _copies(paths: LineagePaths) -> Iterator[tuple[Kind, bytes]]:
    for kind in KINDS:
        entry = look_at(paths.links[kind])
        content = _content(paths.links[kind]) if entry is not None and entry.kind == "file" else None
        if content is not None:
            yield kind, content


def _versions(paths: LineagePaths) -> Mapping[int, SeenVersion]:
    found: dict[int, dict[Kind, Entry]] = {}
    for entry in entries_of(paths.archive_dir):
        known = numbered(os.path.basename(entry.path))
        if known is not None:
            found.setdefault(known[1], {})[known[0]] = entry
    return {number: _version(number, entries) for number, entries in sorted(found.items())}


def _version(number: int, entries: Mapping[Kind, Entry]) -> SeenVersion:
    contents = {kind: _content(entry.path) for kind, entry in entries.items()}
    return SeenVersion(number, entries, {kind: data for kind, data in contents.items() if data is not None})


def _content(path: str) -> bytes | None:
    """Only of files: reading a pipe would wait for ever."""
    if not os.path.isfile(path):
        return None
    try:
        return read_file(path, limit=_LIMIT)
    except (OperatorError, OSError):
        return None
