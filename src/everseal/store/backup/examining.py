"""A backup gone through once, every octet against its manifest: what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from everseal.model.backup import BadBackup, Entry, Manifest
from everseal.model.certificate import read_certificate
from everseal.model.errors import BadCertificate, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.lineage import VersionFiles
from everseal.model.pending import OwedHook, PendingOrder
from everseal.planning.numbering import Offered, VersionSeen
from everseal.settings.relocation import Relocation
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.backup.contents import BackupContents, LineageEntries, lineage_of
from everseal.store.backup.tarball import read_contents, read_manifest
from everseal.store.certbot_dir.layout import KINDS, numbered
from everseal.store.certbot_dir.lineages import plain_section
from everseal.store.certbot_dir.records import BadRecord, decode_owed, decode_pending
from everseal.store.integrity import is_whole
from everseal.store.pins import pinned_version

if TYPE_CHECKING:
    from everseal.model.names import CertificateName, Identifier


@dataclass(frozen=True, slots=True)
class Offer:
    """One lineage of a backup, with its renewal file as it was there."""

    entries: LineageEntries
    offered: Offered
    identifiers: tuple[Identifier, ...]
    document: RenewalDocument
    pending: PendingOrder | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Examined:
    """``naming`` are the files of no lineage that name the directory that the backup is of."""

    manifest: Manifest
    common: tuple[Entry, ...]
    offers: Mapping[CertificateName, Offer]
    owed: tuple[OwedHook, ...]
    naming: tuple[str, ...]


def examine(data: bytes, *, now: datetime) -> Examined:
    """``data`` is a backup in plain.  Raises BadBackup."""
    contents = BackupContents.of(read_manifest(data))
    gathered = {lineage.name: _Gathered(lineage) for lineage in contents.lineages.values()}
    offers: dict[CertificateName, Offer] = {}
    owed: list[OwedHook] = []
    naming: list[str] = []
    origin = Relocation((contents.manifest.config_dir,), "")
    owed_paths = {entry.path for entry in contents.owed}
    for each in read_contents(data):
        lineage = lineage_of(each.entry, contents.lineages)
        if lineage is not None:
            gathered[lineage.name].take(each.entry, each.data)
            if each.entry is lineage.conf or each.entry == lineage.conf:
                offers[lineage.name] = gathered.pop(lineage.name).offer(now=now)
        elif each.entry.path in owed_paths:
            owed.append(_owed(each.entry, each.data))
        elif not each.entry.path.startswith("accounts/") and origin.moves(_text(each.data)):
            naming.append(each.entry.path)
    return Examined(contents.manifest, tuple(contents.common), offers, tuple(owed), tuple(naming))


class _Gathered:
    """What is kept in memory of a lineage until its renewal file has come."""

    def __init__(self, entries: LineageEntries) -> None:
        self._entries = entries
        self._issued: dict[int, datetime] = {}
        self._live: dict[str, bytes] = {}
        self._identifiers: tuple[Identifier, ...] = ()
        self._conf = b""
        self._pending: PendingOrder | None = None

    def take(self, entry: Entry, data: bytes) -> None:
        if entry == self._entries.conf:
            self._conf = data
        elif entry == self._entries.pending:
            self._pending = _pending(self._entries.name, entry, data)
        elif entry.path.startswith("archive/") and entry.kind == "file":
            known = numbered(entry.path.rsplit("/", 1)[-1])
            if known is not None:
                self._take_version(known[0], known[1], data)

    def offer(self, *, now: datetime) -> Offer:
        entries = self._entries
        document = self._document()
        sections = {name: plain_section(document.section(name)) for name in document.sections()}
        live = VersionFiles(*(self._live[kind] for kind in ("cert", "chain", "fullchain", "privkey")))
        offered = Offered(
            name=entries.name,
            live=entries.live,
            versions=tuple(
                VersionSeen(
                    number,
                    {kind: files[kind].sha256 for kind in KINDS if kind in files},
                    self._issued.get(number) if len(files) == len(KINDS) else None,
                )
                for number, files in sorted(entries.versions.items())
            ),
            pinned=pinned_version(sections, live=entries.live) is not None,
            is_whole=is_whole(live, now=now),
        )
        return Offer(entries, offered, self._identifiers, document, self._pending)

    def _take_version(self, kind: str, number: int, data: bytes) -> None:
        if number == self._entries.live:
            self._live[kind] = data
        if kind == "cert":
            try:
                facts = read_certificate(data)
            except BadCertificate:
                return
            self._issued[number] = facts.not_before
            if number == self._entries.live:
                self._identifiers = facts.identifiers

    def _document(self) -> RenewalDocument:
        path = f"renewal/{self._entries.name}.conf"
        try:
            return RenewalDocument.decode(self._conf, path=path)
        except OperatorError as error:
            raise BadBackup(error.message) from None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _owed(entry: Entry, data: bytes) -> OwedHook:
    try:
        return decode_owed(data)
    except BadRecord as error:
        raise BadBackup(f"{entry.path!r} cannot be understood: {error}") from None


def _pending(name: CertificateName, entry: Entry, data: bytes) -> PendingOrder:
    try:
        pending = decode_pending(data)
    except BadRecord as error:
        raise BadBackup(f"{entry.path!r} cannot be understood: {error}") from None
    if pending.name != name:
        raise BadBackup(f"{entry.path!r} is about another certificate")
    return pending
