"""What a listing found sound, remembered under the stats of everything it looked at.

The file is disposable: without it, or where anything differs by inode, size or time, the lineage is
looked at anew.  Nothing is remembered of lineages with a flaw.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

from everseal.model.errors import StoreUnusable
from everseal.model.lineage import Lineage
from everseal.reports.certificates import Listed
from everseal.system.files import make_directory, read_file, write_file

_VERSION: Final = 1
_LIMIT: Final = 256 * 1024 * 1024
# A change within the tick of a file system's clock leaves no trace: what is this young is not trusted.
_YOUNG_NS: Final = 1_000_000_000

Stamp = list[list[int]]


class Verdicts:
    """Recalls and keeps verdicts by certificate name; ``now`` is the wall clock, not the certificate's."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._kept = _read(path)
        self._found: dict[str, Any] = {}

    def recall(self, name: str) -> Listed | None:
        """The verdict, if everything it rests on is as it was."""
        kept = self._kept.get(name)
        try:
            if kept is None or stamp_of(kept["paths"]) != kept["stamp"]:
                return None
            listed = _decode(kept["listed"])
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
        self._found[name] = kept
        return listed

    def note(self, lineage: Lineage, stamp: Stamp | None, listed: Listed, *, now: datetime) -> None:
        """Remember a verdict reached after ``stamp`` was taken."""
        if stamp is not None and max(max(each[3:]) for each in stamp) < now.timestamp() * 1e9 - _YOUNG_NS:
            self._found[lineage.name.value] = {
                "paths": paths_of(lineage),
                "stamp": stamp,
                "listed": _encode(listed),
            }

    def save(self) -> None:
        """Write what was recalled and noted, where that may be and there is something new."""
        if self._found != self._kept:
            data = json.dumps({"version": _VERSION, "verdicts": self._found}, separators=(",", ":"))
            with suppress(StoreUnusable):
                make_directory(os.path.dirname(self._path), 0o700)
                write_file(self._path, data.encode("ascii"), mode=0o600)


def paths_of(lineage: Lineage) -> list[str]:
    """Everything that a verdict on a lineage rests on."""
    links = (lineage.cert_path, lineage.privkey_path, lineage.chain_path, lineage.fullchain_path)
    return [lineage.conf_path, lineage.archive_dir, *links]


def stamp_of(paths: Iterable[str]) -> Stamp | None:
    """The stats of paths and of what they point to; None where one is missing."""
    stamp: Stamp = []
    try:
        for path in paths:
            own = os.lstat(path)
            stamp.append([own.st_dev, own.st_ino, own.st_size, own.st_mtime_ns, own.st_ctime_ns])
            if own.st_mode & 0o170000 == 0o120000:
                target = os.stat(path)
                stamp.append(
                    [target.st_dev, target.st_ino, target.st_size, target.st_mtime_ns, target.st_ctime_ns]
                )
    except OSError:
        return None
    return stamp


def _read(path: str) -> Mapping[str, Any]:
    try:
        content = json.loads(read_file(path, limit=_LIMIT))
    except (FileNotFoundError, StoreUnusable, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        return {}
    kept = content.get("verdicts")
    return kept if isinstance(kept, dict) else {}


def _encode(listed: Listed) -> Mapping[str, Any]:
    members = {each.name: getattr(listed, each.name) for each in fields(listed) if each.name != "blemishes"}
    return members | {
        "not_before": listed.not_before.timestamp(),
        "not_after": listed.not_after.timestamp(),
    }


def _decode(members: Mapping[str, Any]) -> Listed:
    return Listed(
        **{
            **members,
            "identifiers": tuple(members["identifiers"]),
            "versions": tuple(members["versions"]),
            "not_before": datetime.fromtimestamp(members["not_before"], UTC),
            "not_after": datetime.fromtimestamp(members["not_after"], UTC),
        }
    )
