"""What is what in a backup: its lineages, and everything else.

A backup that :mod:`~everseal.store.backup.gathering` has not made is refused here: what has no place in one
would be trusted as if this program had written it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final

from everseal.model.backup import BadBackup, Entry, Manifest
from everseal.model.errors import BadName
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.layout import KINDS, Kind, numbered

_OWED: Final = re.compile(r"\.everseal/hooks/[0-9a-f]{32}\.json\Z")
_PENDING: Final = re.compile(r"\.everseal/pending/([^/]+)\.json\Z")
_CONF: Final = re.compile(r"renewal/([^/]+)\.conf\Z")
_ROOTS: Final = frozenset({"archive", "live", "renewal"})
_NOT_OURS: Final = frozenset({".everseal", ".certbot.lock"})


@dataclass(slots=True)
class LineageEntries:
    """The entries of one lineage.  ``extras`` are what others have put into its live directory."""

    name: CertificateName
    live: int
    versions: dict[int, dict[Kind, Entry]] = field(default_factory=dict)
    links: dict[Kind, Entry] = field(default_factory=dict)
    extras: list[Entry] = field(default_factory=list)
    folders: dict[str, Entry] = field(default_factory=dict)
    conf: Entry | None = None
    pending: Entry | None = None


@dataclass(slots=True)
class BackupContents:
    """``common`` are the entries of no lineage: accounts, hooks, settings; ``owed`` the hooks on record."""

    manifest: Manifest
    lineages: dict[CertificateName, LineageEntries] = field(default_factory=dict)
    common: list[Entry] = field(default_factory=list)
    owed: list[Entry] = field(default_factory=list)

    @classmethod
    def of(cls, manifest: Manifest) -> BackupContents:
        """Raises BadBackup."""
        found = cls(manifest)
        for text, live in manifest.lineages.items():
            name = _name(text)
            found.lineages[name] = LineageEntries(name, live)
        for entry in manifest.entries:
            found._place(entry)
        for lineage in found.lineages.values():
            _demand_complete(lineage)
        return found

    def _place(self, entry: Entry) -> None:
        first, _, rest = entry.path.partition("/")
        conf, pending = _CONF.match(entry.path), _PENDING.match(entry.path)
        if conf is not None:
            self._of(conf[1], entry, kind="file").conf = entry
        elif pending is not None:
            self._of(pending[1], entry, kind="file").pending = entry
        elif _OWED.match(entry.path) and entry.kind == "file":
            self.owed.append(entry)
        elif first in {"archive", "live"} and rest and entry.path != "live/README":
            self._place_version(first, rest, entry)
        elif first in _NOT_OURS or (first in _ROOTS and entry.path not in {*_ROOTS, "live/README"}):
            raise _out_of_place(entry)
        else:
            self.common.append(entry)

    def _place_version(self, first: str, rest: str, entry: Entry) -> None:
        """Something below ``archive/NAME`` or ``live/NAME``."""
        name, _, base = rest.partition("/")
        if not base:
            self._of(name, entry, kind="directory").folders[first] = entry
            return
        known = numbered(base)
        link = next((kind for kind in KINDS if base == f"{kind}.pem"), None)
        if first == "archive" and known is not None:
            self._of(name, entry, kind="file").versions.setdefault(known[1], {})[known[0]] = entry
        elif first == "archive" or "/" in base or entry.kind == "directory":
            raise _out_of_place(entry)
        elif link is not None:
            self._of(name, entry, kind="link").links[link] = entry
        else:
            self._of(name, entry).extras.append(entry)

    def _of(self, name: str, entry: Entry, *, kind: str | None = None) -> LineageEntries:
        lineage = self.lineages.get(_name(name))
        if lineage is None:
            raise BadBackup(f"{entry.path!r} is of a certificate that its manifest does not list")
        if lineage.conf is not None and entry.path != lineage.conf.path:
            raise BadBackup(f"{entry.path!r} comes after the renewal file of its certificate")
        if kind is not None and entry.kind != kind:
            raise _out_of_place(entry)
        return lineage


def lineage_of(entry: Entry, lineages: Mapping[CertificateName, LineageEntries]) -> LineageEntries | None:
    """The lineage that an entry is part of."""
    parts = entry.path.split("/")
    for pattern in (_CONF, _PENDING):
        found = pattern.match(entry.path)
        if found is not None:
            return lineages.get(CertificateName(found[1]))
    if parts[0] in {"archive", "live"} and len(parts) > 1:
        return lineages.get(CertificateName(parts[1]))
    return None


def _demand_complete(lineage: LineageEntries) -> None:
    """What a sound lineage has to have: its renewal file, four links, and what they lead to."""
    name = lineage.name.value
    for problem in _problems(lineage):
        raise BadBackup(f"of the certificate {name!r} {problem}")


def _problems(lineage: LineageEntries) -> Iterator[str]:
    if lineage.conf is None:
        yield "there is no renewal file"
    for kind in KINDS:
        link = lineage.links.get(kind)
        if kind not in lineage.versions.get(lineage.live, {}):
            yield f"{kind}{lineage.live}.pem is missing, which is live"
        elif link is None or link.target != f"../../archive/{lineage.name}/{kind}{lineage.live}.pem":
            yield f"the live link {kind}.pem does not lead to version {lineage.live}"


def _name(text: str) -> CertificateName:
    try:
        return CertificateName.parse(text)
    except BadName:
        raise BadBackup(f"{text[:200]!r} is no name of a certificate") from None


def _out_of_place(entry: Entry) -> BadBackup:
    return BadBackup(f"{entry.path!r} is nothing that belongs into a backup")
