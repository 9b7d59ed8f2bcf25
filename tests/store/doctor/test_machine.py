"""Clock, space, file system, logs and timers."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from everseal.store.doctor import machine
from everseal.store.doctor.machine import Ground
from everseal.system.abilities import Abilities, probe
from everseal.system.timers import SchedulePlaces
from tests.store.doctor.clinic import Clinic

ABLE = Abilities(exchange=True, ofd_locks=True, fsync=True)


@pytest.mark.parametrize(
    ("seen", "codes"),
    [
        (Ground(10**9, 10**6, False, ABLE), []),
        (Ground(None, None, False, None), []),
        (Ground(1024, 10**6, False, ABLE), ["space-low"]),
        (Ground(10**9, 3, False, ABLE), ["inodes-low"]),
        (Ground(10**9, 10**6, True, None), ["directory-read-only"]),
        (Ground(10**9, 10**6, False, Abilities(False, True, True)), ["no-exchange"]),
        (Ground(10**9, 10**6, False, Abilities(True, False, True)), ["no-file-locks"]),
        (Ground(10**9, 10**6, False, Abilities(True, True, False)), ["fsync-fails"]),
        (Ground(0, 10**6, False, Abilities(False, False, False, full=True)), ["space-low"] * 2),
    ],
)
def test_the_file_system(seen: Ground, codes: list[str]) -> None:
    assert [each.code for each in machine.ground_findings("/c", seen)] == codes


def test_probing_leaves_nothing(tmp_path: Path) -> None:
    assert probe(str(tmp_path)) is not None
    assert os.listdir(tmp_path) == []
    assert probe(str(tmp_path / "gone")) is None


def test_a_clock_that_was_never_set() -> None:
    assert [each.code for each in machine.clock_findings(datetime(1970, 1, 2, tzinfo=UTC))] == [
        "clock-behind"
    ]


def test_files_from_the_future(clinic: Clinic) -> None:
    clinic.age()
    os.utime(clinic.conf(), (2**33, 2**33))
    assert clinic.codes() == {"file-from-future"}


def test_very_many_logs(clinic: Clinic) -> None:
    for number in range(1, 1004):
        (clinic.logs / f"letsencrypt.log.{number}").touch()
    clinic.age()
    assert clinic.codes() == {"logs-many"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "etc" / "cron.d").mkdir(parents=True)
    (tmp_path / "root" / "etc" / "systemd" / "system" / "timers.target.wants").mkdir(parents=True)
    return tmp_path / "root"


def enable(root: Path, timer: str) -> None:
    link = root / "etc" / "systemd" / "system" / "timers.target.wants" / timer
    os.symlink(f"/lib/systemd/system/{timer}", link)


def codes(root: Path) -> list[str]:
    return [each.code for each in machine.schedule_findings(SchedulePlaces.usual(str(root)))]


def test_timers(root: Path) -> None:
    assert codes(root) == ["timer-missing"]
    enable(root, "certbot.timer")
    assert codes(root) == ["timer-is-certbots"]
    enable(root, "everseal.timer")
    assert codes(root) == ["timer-twice"]


def test_a_timer_that_is_installed_and_not_enabled_starts_nothing(root: Path) -> None:
    units = root / "lib" / "systemd" / "system"
    units.mkdir(parents=True)
    (units / "certbot.timer").touch()
    assert codes(root) == ["timer-missing"]


def test_snap_has_a_timer_of_its_own_name(root: Path) -> None:
    enable(root, "snap.certbot.renew.timer")
    assert codes(root) == ["timer-is-certbots"]


def test_cron_jobs(root: Path) -> None:
    job = root / "etc" / "cron.d" / "certs"
    job.write_text("# 1 2 * * * root everseal renew\n")
    assert codes(root) == ["timer-missing"]
    job.write_text("17 3,15 * * * root everseal -q renew\n")
    assert codes(root) == []


def test_debians_cron_job_does_nothing_under_systemd(root: Path) -> None:
    job = root / "etc" / "cron.d" / "certbot"
    job.write_text(
        "0 */12 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && certbot -q renew\n"
    )
    assert codes(root) == ["timer-is-certbots"]
    (root / "run" / "systemd" / "system").mkdir(parents=True)
    assert codes(root) == ["timer-missing"]


def test_timers_are_looked_for_where_there_is_something_to_renew(tmp_path: Path, root: Path) -> None:
    (tmp_path / "clinic").mkdir()
    clinic = Clinic(tmp_path / "clinic", schedules=SchedulePlaces.usual(str(root)))
    clinic.age()
    assert clinic.codes() == {"timer-missing"}
