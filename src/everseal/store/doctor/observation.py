"""What is seen of a directory, before anything is thought about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from everseal.model.certificate import CertificateFacts
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.certbot_dir.archive import BadLink
from everseal.store.certbot_dir.layout import Kind, LineagePaths

EntryKind = Literal["file", "directory", "link", "other"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One path, not followed if it is a link; ``modified`` is POSIX time."""

    path: str
    kind: EntryKind
    mode: int
    uid: int
    gid: int
    size: int
    modified: float
    target: str | None = None


@dataclass(frozen=True, slots=True)
class SeenVersion:
    """The files of one version; ``contents`` only of those that could be read."""

    number: int
    entries: Mapping[Kind, Entry]
    contents: Mapping[Kind, bytes]


@dataclass(frozen=True, slots=True)
class SeenLineage:
    """A renewal file and what it leads to.

    ``document`` is the error where it cannot be read.  ``stated`` is where the file says that the lineage
    lives, None where it does not say; ``paths`` is where it was looked for: there, or in the usual place
    where that is gone or not said.  ``links`` is where each live link leads, None where the live directory is
    missing.  ``copies`` are the contents of live entries that are
    plain files.  ``usual`` says that files stand in the usual place too.
    """

    name: CertificateName
    conf: Entry
    document: RenewalDocument | OperatorError
    paths: LineagePaths
    default: LineagePaths
    stated: LineagePaths | None
    links: Mapping[Kind, int | BadLink] | None
    targets: Mapping[Kind, str]
    copies: Mapping[Kind, bytes]
    versions: Mapping[int, SeenVersion]
    live_entries: tuple[Entry, ...]
    archive_dir: Entry | None
    usual: bool

    @property
    def readable(self) -> RenewalDocument | None:
        return None if isinstance(self.document, OperatorError) else self.document


@dataclass(frozen=True, slots=True)
class Summary:
    """What is remembered of a lineage to compare it with the others."""

    name: CertificateName
    archive_dir: str
    live_dir: str
    facts: CertificateFacts | None


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """One folder below ``accounts/``; ``place`` is its CA's, such as ``acme.example/directory``."""

    place: str
    id: str
    folder: Entry
    entries: Mapping[str, Entry]
    contents: Mapping[str, bytes]
