"""A backup's table of contents, and what makes a path or an entry fit for one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final, Literal

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass

SCHEMA: Final = "everseal.backup/1"
EntryKind = Literal["file", "directory", "link"]
ENTRY_KINDS: Final[tuple[EntryKind, ...]] = ("file", "directory", "link")
LARGEST_FILE: Final = 4 * 1024 * 1024
LARGEST_TOTAL: Final = 2 * 1024 * 1024 * 1024
MOST_ENTRIES: Final = 2_000_000
_PERMISSIONS: Final = 0o777
_LONGEST_PATH: Final = 4096
_LONGEST_NAME: Final = 255
# The highest number stands for "leave it as it is".
_NOBODY: Final = 2**32 - 1


class BadBackup(OperatorError):
    """A file that is no backup, or one that was damaged or tampered with."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the backup is not sound: {why}", remedy="use another copy or another backup")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, directory or link; ``path`` counts from the configuration directory.

    ``size`` and ``sha256`` are those of a file (0 and empty for others); ``target`` is where a link points,
    relative to the directory that holds it, and empty for others.
    """

    path: str
    kind: EntryKind
    mode: int
    uid: int
    gid: int
    user: str
    group: str
    modified: int
    size: int = 0
    sha256: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; ``created`` is an ISO time in UTC, ``config_dir`` where it was taken.

    ``lineages`` maps each certificate name to its live version.
    """

    version: str
    host: str
    created: str
    config_dir: str
    lineages: Mapping[str, int]
    entries: tuple[Entry, ...]

    @property
    def total(self) -> int:
        """The octets of all files."""
        return sum(entry.size for entry in self.entries)

    def encode(self) -> bytes:
        """The bytes of ``manifest.json``."""
        members: dict[str, object] = {
            "schema": SCHEMA,
            "version": self.version,
            "host": self.host,
            "created": self.created,
            "config_dir": self.config_dir,
            "lineages": dict(self.lineages),
            "entries": [asdict(entry) for entry in self.entries],
        }
        return json.dumps(members, indent=1).encode("ascii") + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Manifest:
        """Raises BadBackup, also for entries that no sound backup has."""
        try:
            members = json.loads(data)
        except (ValueError, RecursionError):
            raise BadBackup("its manifest is not JSON") from None
        if not isinstance(members, dict) or members.get("schema") != SCHEMA:
            raise BadBackup(f"its manifest is none of {SCHEMA}")
        listed = members.get("entries")
        if not isinstance(listed, list) or len(listed) > MOST_ENTRIES:
            raise BadBackup("its manifest has no list of entries, or too long a one")
        entries = tuple(_entry(each) for each in listed)
        _demand_tree(entries)
        manifest = cls(
            version=_text(members, "version"),
            host=_text(members, "host"),
            created=_text(members, "created"),
            config_dir=_text(members, "config_dir"),
            lineages=_lineages(members.get("lineages")),
            entries=entries,
        )
        if manifest.total > LARGEST_TOTAL:
            raise BadBackup(f"its files hold more than {LARGEST_TOTAL} bytes")
        return manifest


def demand_inside(path: str) -> None:
    """Raises BadBackup for a path that is not one plainly below the configuration directory."""
    parts = path.split("/")
    plain = all(part not in {"", ".", ".."} for part in parts) and "\0" not in path
    short = all(len(part.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME for part in parts)
    if not plain or not short or len(path) > _LONGEST_PATH:
        raise BadBackup(f"{path[:200]!r} is no path below the configuration directory")


def _demand_tree(entries: Sequence[Entry]) -> None:
    """Each path once, nothing below a link or a file, and links that stay inside."""
    kinds: dict[str, EntryKind] = {}
    for entry in entries:
        if entry.path in kinds:
            raise BadBackup(f"{entry.path!r} is there twice")
        kinds[entry.path] = entry.kind
    for entry in entries:
        parts = entry.path.split("/")
        for depth in range(1, len(parts)):
            if kinds.get("/".join(parts[:depth]), "directory") != "directory":
                raise BadBackup(f"{entry.path!r} lies below something that is no directory")
        if entry.kind == "link":
            _demand_link_inside(entry)


def _demand_link_inside(entry: Entry) -> None:
    where = entry.path.split("/")[:-1]
    for part in entry.target.split("/"):
        if part == ".." and where:
            where.pop()
        elif part in {"", ".", ".."} or "\0" in part:
            raise BadBackup(f"the link {entry.path!r} leads out of the configuration directory")
        else:
            where.append(part)


def _entry(value: object) -> Entry:
    if not isinstance(value, dict):
        raise BadBackup("an entry of its manifest is no object")
    path = _text(value, "path")
    demand_inside(path)
    kind = next((known for known in ENTRY_KINDS if known == value.get("kind")), None)
    if kind is None:
        raise BadBackup(f"{path!r} is neither file nor directory nor link")
    entry = Entry(
        path=path,
        kind=kind,
        mode=_number(value, "mode"),
        uid=_number(value, "uid"),
        gid=_number(value, "gid"),
        user=_text(value, "user"),
        group=_text(value, "group"),
        modified=_number(value, "modified"),
        size=_number(value, "size"),
        sha256=_text(value, "sha256"),
        target=_text(value, "target"),
    )
    if entry.mode & ~_PERMISSIONS:
        raise BadBackup(f"{path!r} has a mode beyond read, write and execute")
    if max(entry.uid, entry.gid) >= _NOBODY:
        raise BadBackup(f"{path!r} belongs to a user or group that no system has")
    if entry.size > LARGEST_FILE or (entry.size and kind != "file"):
        raise BadBackup(f"{path!r} has a size that no such entry has")
    return entry


def _lineages(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise BadBackup("its manifest does not say which certificates it holds")
    return {name: _number(value, name) for name in value}


def _text(members: Mapping[str, object], member: str) -> str:
    value = members.get(member)
    if not isinstance(value, str):
        raise BadBackup(f"{member} in its manifest is not a text")
    return value


def _number(members: Mapping[str, object], member: str) -> int:
    value = members.get(member)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadBackup(f"{member} in its manifest is not a count")
    return value
