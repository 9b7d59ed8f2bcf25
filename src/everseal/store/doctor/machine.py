"""Judging what the store stands on: clock, space, file system, logs, and what starts renewals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from everseal.model.diagnosis import Finding
from everseal.model.frozen import dataclass
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.observe import entries_of
from everseal.system.abilities import Abilities
from everseal.system.timers import SchedulePlaces

WRITTEN: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time than this program's own."""

_LEAST_SPACE: Final = 16 * 1024 * 1024
_LEAST_INODES: Final = 256
_MANY_LOGS: Final = 1002
_LOG: Final = "letsencrypt.log"


@dataclass(frozen=True, slots=True)
class Ground:
    """``free_bytes`` and ``free_inodes`` are those a plain user has, None where the file system does not
    count them; ``abilities`` None where nothing could be tried."""

    free_bytes: int | None
    free_inodes: int | None
    read_only: bool
    abilities: Abilities | None


def survey(config_dir: str, abilities: Abilities | None) -> Ground:
    """The file system below the configuration directory."""
    try:
        seen = os.statvfs(config_dir)
    except OSError:
        return Ground(None, None, read_only=False, abilities=abilities)
    return Ground(
        free_bytes=seen.f_bavail * seen.f_frsize if seen.f_blocks else None,
        free_inodes=seen.f_favail if seen.f_files else None,
        read_only=bool(seen.f_flag & os.ST_RDONLY),
        abilities=abilities,
    )


def ground_findings(config_dir: str, ground: Ground) -> Iterator[Finding]:
    """Space and abilities of the file system."""
    if ground.free_bytes is not None and ground.free_bytes < _LEAST_SPACE:
        what = f"{ground.free_bytes // 1024} KiB are free below {config_dir}"
        yield found("space-low", config_dir, what, remedy=f"free some space (`df -h {config_dir}`)")
    if ground.free_inodes is not None and ground.free_inodes < _LEAST_INODES:
        what = f"{ground.free_inodes} more files can be made below {config_dir}"
        yield found("inodes-low", config_dir, what, remedy=f"remove files (`df -i {config_dir}`)")
    if ground.read_only:
        what = f"{config_dir} is on a file system that is mounted read-only"
        yield found("directory-read-only", config_dir, what, remedy="mount it for writing")
    if ground.abilities is not None and ground.abilities.full:
        what = f"nothing could be written below {config_dir}: the disk is full, or a quota is used up"
        yield found("space-low", config_dir, what, remedy=f"free some space (`df -h {config_dir}`, `quota`)")
    elif ground.abilities is not None:
        yield from _abilities(config_dir, ground.abilities)


def clock_findings(now: datetime) -> Iterator[Finding]:
    if now < WRITTEN:
        yield found(
            "clock-behind",
            "clock",
            f"it is {now:%Y-%m-%d %H:%M} UTC by this machine's clock, which cannot be",
            remedy="set the clock (`timedatectl set-ntp true`, or `chronyc makestep`)",
        )


def log_findings(logs_dir: str) -> Iterator[Finding]:
    logs = [entry for entry in entries_of(logs_dir) if os.path.basename(entry.path).startswith(_LOG)]
    if len(logs) > _MANY_LOGS:
        size = sum(entry.size for entry in logs) // (1024 * 1024)
        yield found(
            "logs-many",
            logs_dir,
            f"{len(logs)} log files ({size} MiB) are in {logs_dir}",
            remedy=f"write `max-log-backups = 50` in cli.ini, and remove the old ones: "
            f"`find {logs_dir} -name '{_LOG}.*' -mtime +90 -delete`",
        )


def schedule_findings(places: SchedulePlaces) -> Iterator[Finding]:
    """What starts renewals: files say what is installed; whether a service manager runs is not asked."""
    theirs, ours = (places.timers(program) or places.jobs(program) for program in ("certbot", "everseal"))
    if not theirs and not ours:
        yield found(
            "timer-missing",
            "timer",
            "no everseal.timer, certbot.timer or cron job of theirs is enabled",
            remedy="`everseal schedule install`, which shows what it would write, and asks",
        )
    elif theirs and ours:
        what = "both Certbot's and Everseal's timers or cron jobs are enabled"
        yield found("timer-twice", "timer", what, remedy="`systemctl disable --now certbot.timer`")
    elif theirs:
        what = "only Certbot's timer or cron job is enabled"
        remedy = "nothing, if Certbot is to renew; else `everseal schedule install`, which says what to do"
        yield found("timer-is-certbots", "timer", what, remedy=remedy)


def _abilities(config_dir: str, abilities: Abilities) -> Iterator[Finding]:
    if not abilities.fsync:
        what = f"fsync of a file below {config_dir} reports an error"
        yield found("fsync-fails", config_dir, what, remedy="look at the disk: `dmesg`, `smartctl -a`")
    if not abilities.exchange:
        what = f"the file system of {config_dir} cannot swap two directories in one step"
        remedy = "nothing is to be done; a local file system such as ext4, xfs or btrfs can"
        yield found("no-exchange", config_dir, what, remedy=remedy)
    if not abilities.ofd_locks:
        what = f"the file system of {config_dir} has no locks that belong to an open file"
        yield found("no-file-locks", config_dir, what, remedy="nothing is to be done on one machine alone")
