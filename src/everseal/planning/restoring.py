"""Whether a lineage comes back from a backup, and under which numbers its versions do.

Nothing that is here is ever replaced by something older unless the operator says so, and no version is ever
overwritten: one whose number is taken by another gets a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Literal

from everseal.model.backup import EntryKind
from everseal.model.export import ExportTarget
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName, Identifier
from everseal.planning.words import moment


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """One version here or in a backup.

    ``digests`` are the SHA-256 of the files that are there, by kind; ``issued`` is None for a version that
    no server could use.
    """

    number: int
    digests: Mapping[str, str]
    issued: datetime | None


@dataclass(frozen=True, slots=True)
class Offered:
    """What a backup has of a lineage; ``is_whole`` says whether its live files belong together."""

    name: CertificateName
    live: int
    versions: tuple[VersionSeen, ...]
    pinned: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Present:
    """What is here of it.

    ``has_settings`` says whether its renewal file is there and can be read, ``is_sound`` whether its live
    files belong together; ``obstacle`` is a path where something stands in the way.
    """

    has_settings: bool = False
    live: int | None = None
    versions: tuple[VersionSeen, ...] = ()
    is_sound: bool = False
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Numbering:
    """``numbers`` maps the versions of the backup to those here; ``live`` is the one that will be live.

    ``added`` are the kinds of files that each number here lacks; ``pins`` says that ``live`` stays live
    although there are later versions.
    """

    numbers: Mapping[int, int]
    added: Mapping[int, tuple[str, ...]]
    live: int
    pins: bool


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
    behind = _newest(present.versions)
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
    if behind is not None and any(each > behind for each in _issued(offered.versions)):
        return BringBack(OlderHere(behind))
    return LeaveAsIs(DiffersHere())


def number_versions(offered: Offered, present: Present, *, overwrite: bool) -> Numbering:
    """Each version keeps its number where that is free or holds the same; otherwise all that are not here
    come behind the last one, in their order."""
    here = {each.number: each for each in present.versions}
    found = {each.number: _match(each, here) for each in offered.versions}
    strange = {number for number, match in found.items() if match is None and number in here}
    last = max(here, default=0)
    numbers: dict[int, int] = {}
    for number in sorted(found):
        match = found[number]
        if match is None and strange:
            last += 1
        numbers[number] = match or (last if strange else number)
    added: dict[int, tuple[str, ...]] = {}
    for each in offered.versions:
        there = here.get(numbers[each.number])
        missing = tuple(kind for kind in each.digests if there is None or kind not in there.digests)
        if missing:
            added[numbers[each.number]] = missing
    return _with_live(offered, present, numbers, added, overwrite=overwrite)


def newer_here(offered: Offered, present: Present) -> datetime | None:
    """When the newest version here was issued, if that is later than all of the backup's."""
    newest = _newest(present.versions)
    best = _newest(offered.versions)
    return newest if newest is not None and (best is None or newest > best) else None


def _with_live(
    offered: Offered,
    present: Present,
    numbers: Mapping[int, int],
    added: Mapping[int, tuple[str, ...]],
    *,
    overwrite: bool,
) -> Numbering:
    """A newer version that is here goes live, unless the operator wants the backup's back."""
    ahead = newer_here(offered, present)
    if ahead is not None and not overwrite:
        live = max(each.number for each in present.versions if each.issued == ahead)
        return Numbering(numbers, added, live, pins=False)
    live = numbers[offered.live]
    others = {each.number for each in present.versions} - set(numbers.values())
    return Numbering(numbers, added, live, pins=offered.pinned or any(each > live for each in others))


def _match(wanted: VersionSeen, here: Mapping[int, VersionSeen]) -> int | None:
    """The number under which a version is here, at least in part."""
    there = here.get(wanted.number)
    if there is not None and all(wanted.digests.get(kind) == each for kind, each in there.digests.items()):
        return wanted.number
    same = (number for number, each in here.items() if dict(each.digests) == dict(wanted.digests))
    return next(same, None)


def _newest(versions: Sequence[VersionSeen]) -> datetime | None:
    return max(_issued(versions), default=None)


def _issued(versions: Iterable[VersionSeen]) -> list[datetime]:
    return [each.issued for each in versions if each.issued is not None]
