"""When this machine looks whether something is due: drawn once, never on the hour."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal

from everseal.model.frozen import dataclass

_HOURS_A_DAY: Final = 24
_MINUTES_AN_HOUR: Final = 60
_USUAL_STEP: Final = timedelta(hours=12)
_SHARE: Final = 24
_STEPS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 480)
)
# With the delay that a timer adds, no run starts within three minutes of a full hour.
_FIRST_MINUTE: Final = 3
_MINUTES: Final = 53


@dataclass(frozen=True, slots=True)
class Times:
    """At these hours, minutes and second, by the clock on the wall; ``hours`` empty is every hour."""

    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    second: int

    def after(self, now: datetime) -> datetime:
        """The next instant after ``now``, which has the time zone of the clock on the wall."""
        day = now.replace(second=0, microsecond=0)
        for minute in range(2 * _HOURS_A_DAY * _MINUTES_AN_HOUR):
            when = (day + timedelta(minutes=minute)).replace(second=self.second)
            if when > now and when.minute in self.minutes and (not self.hours or when.hour in self.hours):
                return when
        raise AssertionError("every day has these times")


@dataclass(frozen=True, slots=True)
class Cadence:
    """``usual`` is twice a day; ``frequent``, every ``step``, is for short-lived certificates."""

    usual: Times
    frequent: Times | None = None
    step: timedelta | None = None


def draw_cadence(secret: bytes, place: str, shortest: timedelta | None) -> Cadence:
    """The times of the directory ``place`` on the machine of this secret.

    ``shortest`` is the shortest lifetime among its certificates: they are looked at some twenty-four times
    in it, so that a few failures in a row do no harm.
    """
    drawn = _numbers(secret, place)
    hour = next(drawn) % 12
    usual = Times((hour, hour + 12), (_FIRST_MINUTE + next(drawn) % _MINUTES,), next(drawn) % 60)
    step = step_for(shortest)
    if step is None:
        return Cadence(usual)
    return Cadence(usual, _every(step, next(drawn), next(drawn), usual.second), step)


def step_for(shortest: timedelta | None) -> timedelta | None:
    """How often certificates of this lifetime have to be looked at, None where twice a day will do."""
    if shortest is None or shortest / _SHARE >= _USUAL_STEP:
        return None
    fitting = [step for step in _STEPS if step <= shortest / _SHARE]
    return fitting[-1] if fitting else _STEPS[0]


def _every(step: timedelta, first: int, second: int, of_minute: int) -> Times:
    minutes = int(step.total_seconds()) // 60
    if minutes < _MINUTES_AN_HOUR:
        offset = 1 + first % (minutes - 1) if minutes > 1 else 0
        return Times((), tuple(range(offset, _MINUTES_AN_HOUR, minutes)), of_minute)
    hours = minutes // _MINUTES_AN_HOUR
    minute = _FIRST_MINUTE + second % _MINUTES
    return Times(tuple(range(first % hours, _HOURS_A_DAY, hours)), (minute,), of_minute)


def _numbers(secret: bytes, place: str) -> Iterator[int]:
    digest = hmac.new(secret, b"schedule\0" + place.encode("utf-8", "surrogateescape"), hashlib.sha256)
    octets = digest.digest()
    for start in range(0, len(octets), 4):
        yield int.from_bytes(octets[start : start + 4], "big")


Manner = Literal["systemd", "systemd-user", "cron", "crontab"]
"""*crontab* is a user's own, which is printed and not written."""
FileState = Literal["missing", "same", "differs", "foreign"]


@dataclass(frozen=True, slots=True)
class ScheduledFile:
    """A file as it should be; *foreign* is one of this name that is not ours.  A link has a ``target``."""

    path: str
    state: FileState
    text: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleOutline:
    """What starts renewals, or would.

    ``obsolete`` are files of ours that are not wanted any more, ``commands`` what tells the service manager,
    ``crontab`` lines for the operator to add; ``relaxations`` pair what is not as strict as it could be with
    the reason; ``next_runs`` are of what is installed.
    """

    manner: Manner
    cadence: Cadence
    files: tuple[ScheduledFile, ...]
    obsolete: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    crontab: tuple[str, ...] = ()
    relaxations: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    next_runs: tuple[datetime, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether all of it is there, perhaps as it was written earlier."""
        return bool(self.files) and all(each.state in {"same", "differs"} for each in self.files)

    @property
    def differs(self) -> bool:
        """Whether it is otherwise than an installation would have it, also where that is refused."""
        return bool(self.obsolete) or any(each.state != "same" for each in self.files)
