"""The numbered files of a lineage, and which of them the live links point to."""

from __future__ import annotations

import os
from collections.abc import Mapping

from everseal.model.frozen import dataclass
from everseal.model.lineage import VersionFiles
from everseal.store.certbot_dir.layout import KINDS, Kind, LineagePaths, numbered
from everseal.system.files import explained, read_file


@dataclass(frozen=True, slots=True)
class Archive:
    """The kinds that are there for each version."""

    kinds: Mapping[int, frozenset[Kind]]

    @property
    def complete(self) -> tuple[int, ...]:
        """The versions with all four files, ascending."""
        return tuple(sorted(number for number, kinds in self.kinds.items() if len(kinds) == len(KINDS)))

    @property
    def any(self) -> tuple[int, ...]:
        """The versions with at least one file, ascending."""
        return tuple(sorted(self.kinds))

    @property
    def next_number(self) -> int:
        """One more than the highest version of any kind."""
        return max(self.kinds, default=0) + 1


def list_archive(paths: LineagePaths) -> Archive:
    """Look once; a missing directory is an empty archive.  Raises StoreUnusable."""
    found: dict[int, set[Kind]] = {}
    with explained("read the directory", paths.archive_dir):
        try:
            entries = os.listdir(paths.archive_dir)
        except FileNotFoundError:
            entries = []
    for entry in entries:
        known = numbered(entry)
        if known is not None:
            found.setdefault(known[1], set()).add(known[0])
    return Archive({number: frozenset(kinds) for number, kinds in found.items()})


def read_files(paths: LineagePaths, number: int) -> VersionFiles:
    """One version's four files; FileNotFoundError passes where one is missing."""
    return VersionFiles(
        cert_pem=read_file(paths.archived("cert", number)),
        chain_pem=read_file(paths.archived("chain", number)),
        fullchain_pem=read_file(paths.archived("fullchain", number)),
        key_pem=read_file(paths.archived("privkey", number)),
    )


@dataclass(frozen=True, slots=True)
class BadLink:
    """A live entry that does not name one of the lineage's versions, and how that shows.

    ``is_file`` marks something that is no link at all, as after a copy that followed links.
    """

    path: str
    why: str
    is_file: bool = False


def linked_version(paths: LineagePaths, kind: Kind) -> int | BadLink:
    """The version that one live link points to."""
    path = paths.links[kind]
    try:
        target = os.readlink(path)
    except FileNotFoundError:
        return BadLink(path, "is missing")
    except OSError:
        what = "a directory" if os.path.isdir(path) else "a file"
        return BadLink(path, f"is {what} and not a symbolic link", is_file=True)
    resolved = os.path.join(os.path.dirname(path), target)
    known = numbered(os.path.basename(resolved))
    if known is None or known[0] != kind:
        return BadLink(path, f"points to {target}, which is no {kind} file of an archive")
    if not _same_directory(os.path.dirname(resolved), paths.archive_dir):
        return BadLink(path, f"points to {target}, which is not in {paths.archive_dir}")
    if not os.path.exists(resolved):
        return BadLink(path, f"points to {target}, which is not there")
    return known[1]


def linked_versions(paths: LineagePaths) -> dict[Kind, int | BadLink]:
    """Where each of the four live links points."""
    return {kind: linked_version(paths, kind) for kind in KINDS}


def live_version(paths: LineagePaths) -> int | None:
    """The one version that all four links point to, None where they do not agree or one is bad."""
    versions = set(linked_versions(paths).values())
    only = versions.pop() if len(versions) == 1 else None
    return only if isinstance(only, int) else None


def _same_directory(first: str, second: str) -> bool:
    if os.path.normpath(first) == os.path.normpath(second):
        return True
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False
