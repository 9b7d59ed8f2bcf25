"""Which old versions of a certificate stay, which go, and why.

As Certbot has it, the live version and the five before it stay; the operator can say otherwise.  Never does
the live version go, nor one that is newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from everseal.model.frozen import dataclass
from everseal.planning.words import moment, plural

DEFAULT_KEEP: Final = 5


@dataclass(frozen=True, slots=True)
class Retention:
    """What stays besides the live version: the newest ``versions`` before it, and what was issued within
    ``days``.  Where neither is said, the newest five."""

    versions: int | None = None
    days: int | None = None

    @property
    def newest(self) -> int:
        if self.versions is None:
            return DEFAULT_KEEP if self.days is None else 0
        return self.versions


@dataclass(frozen=True, slots=True)
class VersionAge:
    """A version, whether all its files are there, and when its certificate was issued, if that is known."""

    number: int
    is_complete: bool = True
    issued: datetime | None = None


@dataclass(frozen=True, slots=True)
class IsLive:
    """It is what servers use."""

    code: ClassVar[str] = "live"

    @property
    def sentence(self) -> str:
        return "it is live"


@dataclass(frozen=True, slots=True)
class LiveUnknown:
    """Nothing is removed while the live links do not agree."""

    code: ClassVar[str] = "live-unknown"

    @property
    def sentence(self) -> str:
        return "the live links do not name one version"


@dataclass(frozen=True, slots=True)
class NewerThanLive:
    """Somebody may switch to it."""

    code: ClassVar[str] = "newer"

    @property
    def sentence(self) -> str:
        return "it is newer than the live version"


@dataclass(frozen=True, slots=True)
class AmongNewest:
    """It is one of those before the live version that stay."""

    newest: int
    code: ClassVar[str] = "among-newest"

    @property
    def sentence(self) -> str:
        return f"it is among the newest {self.newest} before the live version"


@dataclass(frozen=True, slots=True)
class IssuedLately:
    """It is younger than the days that versions stay."""

    issued: datetime
    days: int
    code: ClassVar[str] = "issued-lately"

    @property
    def sentence(self) -> str:
        return f"it was issued within {plural(self.days, 'day')} (at {moment(self.issued)})"


@dataclass(frozen=True, slots=True)
class IncompleteAmongKept:
    """Some of its files are missing, but older versions than this one stay."""

    code: ClassVar[str] = "incomplete-among-kept"

    @property
    def sentence(self) -> str:
        return "it is incomplete, and goes when the versions before it do"


@dataclass(frozen=True, slots=True)
class Superseded:
    """Nothing asks for it to stay."""

    newest: int
    days: int | None = None
    code: ClassVar[str] = "superseded"

    @property
    def sentence(self) -> str:
        rules = []
        if self.newest or self.days is None:
            rules.append(f"not among the newest {self.newest} before the live version")
        if self.days is not None:
            rules.append(f"not issued within {plural(self.days, 'day')}")
        return f"it is {' and '.join(rules)}"


RetentionReason = (
    IsLive | LiveUnknown | NewerThanLive | AmongNewest | IssuedLately | IncompleteAmongKept | Superseded
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one version stays, and why."""

    number: int
    keep: bool
    reason: RetentionReason


def judge(
    versions: Sequence[VersionAge], *, live: int | None, retention: Retention, now: datetime
) -> tuple[Verdict, ...]:
    """A verdict on each version, in ascending order."""
    ordered = sorted(versions, key=lambda each: each.number)
    if live is None:
        return tuple(Verdict(each.number, True, LiveUnknown()) for each in ordered)
    before = [each.number for each in ordered if each.is_complete and each.number < live]
    newest = frozenset(before[len(before) - min(retention.newest, len(before)) :])
    first = [_judge(each, live, newest, retention, now) for each in ordered]
    oldest_kept = min((each.number for each in first if each.keep), default=live)
    complete = {each.number for each in ordered if each.is_complete}
    return tuple(
        Verdict(each.number, True, IncompleteAmongKept())
        if not each.keep and each.number > oldest_kept and each.number not in complete
        else each
        for each in first
    )


def to_remove(verdicts: Sequence[Verdict]) -> tuple[int, ...]:
    """The numbers of the versions that go."""
    return tuple(each.number for each in verdicts if not each.keep)


def _judge(
    version: VersionAge, live: int, newest: frozenset[int], retention: Retention, now: datetime
) -> Verdict:
    number = version.number
    if number == live:
        return Verdict(number, True, IsLive())
    if number > live:
        return Verdict(number, True, NewerThanLive())
    if number in newest:
        return Verdict(number, True, AmongNewest(retention.newest))
    days, issued = retention.days, version.issued
    if days is not None and issued is not None and issued > now - timedelta(days=days):
        return Verdict(number, True, IssuedLately(issued, days))
    return Verdict(number, False, Superseded(retention.newest, days))
