"""Unfinished changes of a lineage, as the journals hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName, Identifier
from everseal.model.pending import OwedHook
from everseal.store.certbot_dir.layout import HEADER_KINDS
from everseal.store.certbot_dir.records import BadRecord, Record, encode, members, owed_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CommitChange:
    """A version on its way into a lineage.

    ``conf_before`` is the SHA-256 of the renewal file it started from (None: there was none) and
    ``conf_text`` what it will hold; ``identifiers`` are those the certificate must have.
    """

    name: CertificateName
    number: int
    live_dir: str
    archive_dir: str
    new: bool
    conf_before: str | None
    conf_text: str
    identifiers: tuple[Identifier, ...] | None
    owed: tuple[OwedHook, ...]
    kind: ClassVar[str] = "commit"


@dataclass(frozen=True, slots=True)
class MoveChange:
    """Live links on their way to another version, ``pinned`` when they stay there although later ones are."""

    name: CertificateName
    number: int
    pinned: bool = False
    owed: tuple[OwedHook, ...] = ()
    kind: ClassVar[str] = "move"


@dataclass(frozen=True, slots=True)
class DeleteChange:
    """A lineage on its way out, and where it lived."""

    name: CertificateName
    live_dir: str
    archive_dir: str
    links: tuple[str, ...]
    kind: ClassVar[str] = "delete"


@dataclass(frozen=True, slots=True)
class RenameChange:
    """A lineage on its way to another name: what moves where, and where its four links are then.

    ``number`` is the version that is live, ``conf_text`` what the new renewal file holds.
    """

    name: CertificateName
    new_name: CertificateName
    number: int
    live_dir: str
    new_live_dir: str
    archive_dir: str
    new_archive_dir: str
    links: tuple[str, ...]
    conf_text: str
    kind: ClassVar[str] = "rename"


@dataclass(frozen=True, slots=True)
class RestoreChange:
    """A lineage on its way back from a backup.

    ``number`` is the version that will be live.  ``files`` maps the path of each file that was not there
    before to the SHA-256 of what it gets; ``folders`` are the directories that were not there.
    ``conf_before`` is the SHA-256 of the renewal file it started from (None: there was none), ``conf_text``
    what it will hold, ``conf_mode``, ``conf_uid`` and ``conf_gid`` what a new one gets.
    """

    name: CertificateName
    number: int
    live_dir: str
    archive_dir: str
    links: tuple[str, ...]
    files: Mapping[str, str]
    folders: tuple[str, ...]
    conf_before: str | None
    conf_text: str
    conf_mode: int
    conf_uid: int
    conf_gid: int
    owed: tuple[OwedHook, ...]
    kind: ClassVar[str] = "restore"


Change = CommitChange | MoveChange | DeleteChange | RenameChange | RestoreChange


def encode_change(change: Change) -> bytes:
    """The journal's bytes."""
    return encode({"change": change.kind, **members(change)})


def decode_change(data: bytes) -> Change:
    """Raises BadRecord."""
    record = Record.decode(data)
    match record.text("change"):
        case "commit":
            return CommitChange(
                name=record.name("name"),
                number=record.number("number"),
                live_dir=record.text("live_dir"),
                archive_dir=record.text("archive_dir"),
                new=record.flag("new"),
                conf_before=record.optional_text("conf_before"),
                conf_text=record.text("conf_text"),
                identifiers=record.identifiers("identifiers") if record.has("identifiers") else None,
                owed=_owed(record),
            )
        case "move":
            return MoveChange(
                name=record.name("name"),
                number=record.number("number"),
                pinned=record.flag("pinned"),
                owed=_owed(record),
            )
        case "delete":
            return DeleteChange(
                name=record.name("name"),
                live_dir=record.text("live_dir"),
                archive_dir=record.text("archive_dir"),
                links=_links(record),
            )
        case "rename":
            return RenameChange(
                name=record.name("name"),
                new_name=record.name("new_name"),
                number=record.number("number"),
                live_dir=record.text("live_dir"),
                new_live_dir=record.text("new_live_dir"),
                archive_dir=record.text("archive_dir"),
                new_archive_dir=record.text("new_archive_dir"),
                links=_links(record),
                conf_text=record.text("conf_text"),
            )
        case "restore":
            return RestoreChange(
                name=record.name("name"),
                number=record.number("number"),
                live_dir=record.text("live_dir"),
                archive_dir=record.text("archive_dir"),
                links=_links(record),
                files=record.mapping("files"),
                folders=tuple(record.texts("folders")),
                conf_before=record.optional_text("conf_before"),
                conf_text=record.text("conf_text"),
                conf_mode=record.number("conf_mode"),
                conf_uid=record.number("conf_uid"),
                conf_gid=record.number("conf_gid"),
                owed=_owed(record),
            )
        case other:
            raise BadRecord(f"{other!r} is no kind of change")


def _owed(record: Record) -> tuple[OwedHook, ...]:
    return tuple(owed_of(inner) for inner in record.records("owed"))


def _links(record: Record) -> tuple[str, ...]:
    """One for each kind, in the order of :data:`HEADER_KINDS`."""
    links = tuple(record.texts("links"))
    if len(links) != len(HEADER_KINDS):
        raise BadRecord("links are not those of a lineage")
    return links
