"""Whether a lineage comes back from a backup, and why.

Nothing that is here is ever replaced by something older unless the operator says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from everseal.model.backup import EntryKind
from everseal.model.export import ExportTarget
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName, Identifier
from everseal.planning.numbering import Numbering, Offered, Present, newer_here, newest
from everseal.planning.words import moment


@dataclass(frozen=True, slots=True)
class NotHere:
    """There is no such lineage, or none that could be renewed."""

    code: ClassVar[str] = "missing"

    @property
    def sentence(self) -> str:
        return "there is no such certificate here"


@dataclass(frozen=True, slots=True)
class DamagedHere:
    """What is here cannot be used."""

    code: ClassVar[str] = "damaged"

    @property
    def sentence(self) -> str:
        return "what is here is damaged"


@dataclass(frozen=True, slots=True)
class OlderHere:
    """The backup is ahead."""

    issued: datetime
    code: ClassVar[str] = "older"

    @property
    def sentence(self) -> str:
        return f"the newest one here was issued earlier, on {moment(self.issued)}"


@dataclass(frozen=True, slots=True)
class ToldToOverwrite:
    """The operator wants what the backup holds."""

    code: ClassVar[str] = "overwrite"

    @property
    def sentence(self) -> str:
        return "--overwrite was given"


@dataclass(frozen=True, slots=True)
class SameHere:
    """Nothing is missing."""

    code: ClassVar[str] = "same"

    @property
    def sentence(self) -> str:
        return "it is here already, and the same"


@dataclass(frozen=True, slots=True)
class NewerHere:
    """The backup is behind."""

    issued: datetime
    code: ClassVar[str] = "newer"

    @property
    def sentence(self) -> str:
        return f"a newer one is here, issued on {moment(self.issued)}; --overwrite goes back to the backup's"


@dataclass(frozen=True, slots=True)
class DiffersHere:
    """Neither is newer."""

    code: ClassVar[str] = "differs"

    @property
    def sentence(self) -> str:
        return "it is here and sound, with other settings or versions; --overwrite takes the backup's"


@dataclass(frozen=True, slots=True)
class UnsoundInBackup:
    """A server could not use it."""

    code: ClassVar[str] = "unsound"

    @property
    def sentence(self) -> str:
        return "its key, certificate and chain do not belong together in the backup"


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Something that is not ours to remove."""

    path: str
    code: ClassVar[str] = "in-the-way"

    @property
    def sentence(self) -> str:
        return f"{self.path} is in the way; move it elsewhere, or see what `doctor` says of it"


RestoreReason = NotHere | DamagedHere | OlderHere | ToldToOverwrite
LeaveReason = SameHere | NewerHere | DiffersHere | UnsoundInBackup | InTheWay


@dataclass(frozen=True, slots=True)
class BringBack:
    """It comes back."""

    reason: RestoreReason


@dataclass(frozen=True, slots=True)
class LeaveAsIs:
    """It stays as it is."""

    reason: LeaveReason

    @property
    def is_failure(self) -> bool:
        """Whether it could not be restored, although nothing newer is here."""
        return isinstance(self.reason, UnsoundInBackup | InTheWay)


Decision = BringBack | LeaveAsIs
FileFate = Literal["restore", "replace", "same", "keep", "in-the-way"]


@dataclass(frozen=True, slots=True)
class LineageRestore:
    """What becomes of one lineage.

    ``exports`` and ``hooks`` are what puts its version to use, ``left`` settings that still name the
    directory that the backup is of.
    """

    name: CertificateName
    identifiers: tuple[Identifier, ...]
    decision: Decision
    numbering: Numbering
    present: Present
    exports: tuple[ExportTarget, ...] = ()
    hooks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def comes_back(self) -> bool:
        return isinstance(self.decision, BringBack)

    @property
    def moves(self) -> bool:
        """Whether a version goes live that was not."""
        return self.comes_back and self.present.live != self.numbering.live


@dataclass(frozen=True, slots=True)
class FileRestore:
    """What becomes of one entry of no lineage, by its path below the configuration directory.

    *keep* is something else that is here and stays.
    """

    path: str
    kind: EntryKind
    fate: FileFate

    @property
    def comes_back(self) -> bool:
        return self.fate in {"restore", "replace"}


@dataclass(frozen=True, slots=True)
class RestoreOutline:
    """What bringing back a backup does, or has done.

    ``origin`` is the directory that the backup is of, ``config_dir`` the one it goes to; ``notes`` are
    sentences without a full stop.
    """

    path: str
    encrypted: bool
    host: str
    created: str
    origin: str
    config_dir: str
    lineages: tuple[LineageRestore, ...]
    files: tuple[FileRestore, ...]
    notes: tuple[str, ...] = ()

    @property
    def does_something(self) -> bool:
        lineages = any(each.comes_back for each in self.lineages)
        return lineages or any(each.comes_back for each in self.files)


def decide_restore(
    offered: Offered, present: Present, numbering: Numbering, *, same_settings: bool, overwrite: bool
) -> Decision:
    """``same_settings`` says whether the renewal file here already is what it would become."""
    ahead = newer_here(offered, present)
    best, behind = newest(offered.versions), newest(present.versions)
    if not offered.is_whole:
        return LeaveAsIs(UnsoundInBackup())
    if present.obstacle:
        return LeaveAsIs(InTheWay(present.obstacle))
    if not present.has_settings:
        return BringBack(NotHere())
    if ahead is not None and not overwrite:
        return LeaveAsIs(NewerHere(ahead))
    if present.is_sound and same_settings and not numbering.added and present.live == numbering.live:
        return LeaveAsIs(SameHere())
    if overwrite:
        return BringBack(ToldToOverwrite())
    if not present.is_sound:
        return BringBack(DamagedHere())
    if best is not None and behind is not None and best > behind:
        return BringBack(OlderHere(behind))
    return LeaveAsIs(DiffersHere())
