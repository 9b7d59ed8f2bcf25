"""Where timers and cron jobs are on a machine, and which of them call a program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from everseal.model.frozen import dataclass

RUNNING: Final = "run/systemd/system"
"""There while systemd is the service manager."""

_LARGEST: Final = 64 * 1024
_UNITS: Final = ("etc/systemd/system", RUNNING, "usr/lib/systemd/system", "lib/systemd/system")
_CRON: Final = (
    "etc/cron.d",
    "etc/cron.daily",
    "etc/cron.weekly",
    "etc/crontab",
    "etc/crontabs",
    "etc/periodic/daily",
    "var/spool/cron",
    "var/spool/cron/crontabs",
    "etc/anacrontab",
)


@dataclass(frozen=True, slots=True)
class SchedulePlaces:
    """Directories of systemd units, and of cron's files."""

    units: tuple[str, ...]
    cron: tuple[str, ...]

    @classmethod
    def usual(cls, root: str = "/") -> SchedulePlaces:
        """Those of a machine whose files are below ``root``."""
        return cls(
            tuple(os.path.join(root, each) for each in _UNITS),
            tuple(os.path.join(root, each) for each in _CRON),
        )

    @property
    def has_systemd(self) -> bool:
        """Whether systemd runs there."""
        return any(os.path.isdir(unit) for unit in self.units if unit.endswith(RUNNING))

    def timers(self, program: str) -> list[str]:
        """The timers of a program that are enabled, its snap's too."""
        wanted = (os.path.join(unit, "timers.target.wants") for unit in self.units)
        prefixes = (f"{program}.", f"{program}-", f"snap.{program}.")
        found = {os.path.basename(path) for folder in wanted for path in _entries(folder)}
        return sorted(name for name in found if name.startswith(prefixes) and name.endswith(".timer"))

    def jobs(self, program: str) -> list[str]:
        """The files of cron with a line that calls a program."""
        return [path for path in self._cron_files() if _calls(path, program, systemd=self.has_systemd)]

    def _cron_files(self) -> Iterator[str]:
        for place in self.cron:
            if os.path.isfile(place):
                yield place
            yield from (path for path in _entries(place) if os.path.isfile(path))


def _entries(folder: str) -> list[str]:
    with suppress(OSError):
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return []


def _calls(path: str, program: str, *, systemd: bool) -> bool:
    """Whether a line that is no comment calls it; Debian's job does nothing where systemd runs."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read(_LARGEST).splitlines()
    except OSError:
        return False
    calls = [
        line for line in lines if program in line and "renew" in line and not line.lstrip().startswith("#")
    ]
    return any(not (systemd and RUNNING in line) for line in calls)
