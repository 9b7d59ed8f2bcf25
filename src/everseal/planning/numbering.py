"""Under which numbers the versions of a backup come to those that are here, and which of all goes live.

No version is ever overwritten: where a number is taken by another, those that are not here get numbers of
their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName


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


def number_versions(offered: Offered, present: Present, *, overwrite: bool) -> Numbering:
    """Each version keeps its number where that is free or holds the same; otherwise all that are not here
    come behind the last one, in their order."""
    here = {each.number: each for each in present.versions}
    numbers = _numbers(offered.versions, here)
    lacking = (
        (numbers[each.number], _lacking(each, here.get(numbers[each.number]))) for each in offered.versions
    )
    added = {number: kinds for number, kinds in lacking if kinds}
    return _with_live(offered, present, numbers, added, overwrite=overwrite)


def newer_here(offered: Offered, present: Present) -> datetime | None:
    """When the newest version here was issued, if that is later than all of the backup's."""
    here, best = newest(present.versions), newest(offered.versions)
    return here if here is not None and (best is None or here > best) else None


def newest(versions: Sequence[VersionSeen]) -> datetime | None:
    """When the last of them was issued."""
    return max((each.issued for each in versions if each.issued is not None), default=None)


def _numbers(offered: Sequence[VersionSeen], here: Mapping[int, VersionSeen]) -> Mapping[int, int]:
    found = {each.number: _match(each, here) for each in sorted(offered, key=lambda each: each.number)}
    if all(match is not None or number not in here for number, match in found.items()):
        return {number: match or number for number, match in found.items()}
    behind = count(max(here) + 1)
    return {number: match or next(behind) for number, match in found.items()}


def _lacking(wanted: VersionSeen, there: VersionSeen | None) -> tuple[str, ...]:
    """The kinds of files that are not there yet."""
    return tuple(kind for kind in wanted.digests if there is None or kind not in there.digests)


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
