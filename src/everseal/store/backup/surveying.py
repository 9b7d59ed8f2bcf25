"""What is here of a lineage that a backup has, and what bringing it back would do."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from everseal.model.certificate import read_certificate
from everseal.model.errors import BadCertificate, LineageBroken, LineageMissing, OperatorError
from everseal.model.frozen import dataclass
from everseal.planning.numbering import Numbering, Present, VersionSeen, number_versions
from everseal.planning.restoring import LineageRestore, decide_restore
from everseal.planning.suggestion import OWN_SECTION
from everseal.store.certbot_dir.archive import list_archive, live_version, read_files
from everseal.store.certbot_dir.commit import document_digest
from everseal.store.certbot_dir.layout import HEADER_KINDS, LineagePaths
from everseal.store.certbot_dir.lineages import LineageReader, plain_section
from everseal.store.certbot_dir.restoring import content_mark
from everseal.store.integrity import is_whole
from everseal.store.pins import with_pin

if TYPE_CHECKING:
    from everseal.model.names import CertificateName
    from everseal.settings.relocation import Relocation
    from everseal.settings.renewal_file import RenewalDocument
    from everseal.store.backup.examining import Offer
    from everseal.store.certbot_dir.store import CertbotStore


@dataclass(frozen=True, slots=True)
class LineageStep:
    """One lineage of a backup: what becomes of it, where, and what its renewal file will say."""

    outcome: LineageRestore
    paths: LineagePaths
    document: RenewalDocument
    conf_before: str | None

    @property
    def name(self) -> CertificateName:
        return self.outcome.name


class Surveyor:
    """Looks at one lineage after the other; changes nothing."""

    def __init__(
        self, store: CertbotStore, relocation: Relocation, *, overwrite: bool, now: datetime
    ) -> None:
        self._store = store
        self._reader = LineageReader(store.layout)
        self._relocation = relocation
        self._overwrite = overwrite
        self._now = now

    def step(self, offer: Offer) -> LineageStep:
        """Raises StoreUnusable."""
        name = offer.offered.name
        before = self._document(name)
        paths = self._paths(name, before)
        present = self._present(offer, paths, has_settings=before is not None)
        numbering = number_versions(offer.offered, present, overwrite=self._overwrite)
        document = self._relocated(offer.document, paths, numbering)
        same = before is not None and before.render() == document.render()
        decision = decide_restore(
            offer.offered, present, numbering, same_settings=same, overwrite=self._overwrite
        )
        outcome = LineageRestore(
            name=name,
            identifiers=offer.identifiers,
            decision=decision,
            numbering=numbering,
            present=present,
            left=self._relocation.left(document),
        )
        return LineageStep(outcome, paths, document, document_digest(paths.conf))

    def _document(self, name: CertificateName) -> RenewalDocument | None:
        try:
            document = self._reader.document(name)
            self._reader.paths(name, document)
        except (LineageMissing, LineageBroken):
            return None
        return document

    def _paths(self, name: CertificateName, document: RenewalDocument | None) -> LineagePaths:
        """Where it lives here, or would."""
        layout = self._store.layout
        return layout.default_paths(name) if document is None else self._reader.paths(name, document)

    def _present(self, offer: Offer, paths: LineagePaths, *, has_settings: bool) -> Present:
        obstacle = _obstacle(paths)
        if obstacle:
            return Present(has_settings=has_settings, obstacle=obstacle)
        versions = tuple(
            self._version(offer, paths, number, kinds) for number, kinds in list_archive(paths).kinds.items()
        )
        live = live_version(paths)
        usable = {each.number for each in versions if each.issued is not None}
        return Present(has_settings, live, versions, live in usable and self._can_be_loaded(paths.name))

    def _can_be_loaded(self, name: CertificateName) -> bool:
        try:
            self._reader.load(name)
        except (LineageMissing, LineageBroken):
            return False
        return True

    def _version(self, offer: Offer, paths: LineagePaths, number: int, kinds: frozenset[str]) -> VersionSeen:
        digests: dict[str, str] = {
            kind: content_mark(paths.archived(kind, number)) or "" for kind in HEADER_KINDS if kind in kinds
        }
        for each in offer.offered.versions:
            if dict(each.digests) == digests and each.issued is not None:
                return VersionSeen(number, digests, each.issued)
        return VersionSeen(number, digests, self._issued(paths, number))

    def _issued(self, paths: LineagePaths, number: int) -> datetime | None:
        """When a version was issued that a server could use; None for any other."""
        try:
            files = read_files(paths, number)
            return read_certificate(files.cert_pem).not_before if is_whole(files, now=self._now) else None
        except (FileNotFoundError, BadCertificate, OperatorError):
            return None

    def _relocated(
        self, document: RenewalDocument, paths: LineagePaths, numbering: Numbering
    ) -> RenewalDocument:
        document = self._relocation.applied(document).set_header("archive_dir", paths.archive_dir)
        for kind in HEADER_KINDS:
            document = document.set_header(kind, paths.links[kind])
        own = plain_section(document.section(OWN_SECTION))
        wanted = with_pin(own, numbering.live if numbering.pins else None)
        if wanted == own:
            return document
        if wanted:
            return document.replace_section(OWN_SECTION, wanted)
        return document.without_section(OWN_SECTION)


def _obstacle(paths: LineagePaths) -> str:
    """A path where something stands that is no directory, or no link."""
    for directory in (paths.archive_dir, paths.live_dir):
        if os.path.lexists(directory) and not os.path.isdir(directory):
            return directory
    for link in paths.links.values():
        if os.path.lexists(link) and not os.path.islink(link):
            return link
    return ""
