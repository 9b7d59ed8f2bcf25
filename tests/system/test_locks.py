from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everseal.model.errors import Busy, StoreUnusable
from everseal.system.locks import Lock, OpenFileDescriptionLock, ProcessWideLock, lock_file

if TYPE_CHECKING:
    from everseal.system.locks import Primitive

# What Certbot does at its start and at its end.
CERTBOT = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o600)
try:
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    sys.exit(3)
print("held", flush=True)
sys.stdin.read()
"""


class Sleeper:
    """Time goes only by sleeping; ``on_sleep`` is what others do meanwhile."""

    def __init__(self) -> None:
        self.slept = 0.0
        self.on_sleep: list[Lock] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        for lock in self.on_sleep:
            lock.release()


@pytest.fixture(params=[OpenFileDescriptionLock, ProcessWideLock])
def primitive(request: pytest.FixtureRequest) -> Primitive:
    made: Primitive = request.param()
    return made


def certbot(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-S", "-c", CERTBOT, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def is_free_for_certbot(path: Path) -> bool:
    with certbot(path) as process:
        process.communicate("")
    return process.returncode == 0


def test_exclusive_excludes_everybody(tmp_path: Path, primitive: Primitive) -> None:
    path = str(tmp_path / "lock")
    with lock_file(path, clock=Sleeper(), primitive=primitive):
        for shared in (True, False):
            with pytest.raises(Busy):
                lock_file(path, clock=Sleeper(), shared=shared, primitive=primitive)
    lock_file(path, clock=Sleeper(), primitive=primitive).release()


def test_shared_locks_go_side_by_side(tmp_path: Path, primitive: Primitive) -> None:
    path = str(tmp_path / "lock")
    first = lock_file(path, clock=Sleeper(), shared=True, primitive=primitive)
    second = lock_file(path, clock=Sleeper(), shared=True, primitive=primitive)
    assert not first.upgrade()
    second.release()
    second.release()
    with pytest.raises(Busy):
        lock_file(path, clock=Sleeper(), primitive=primitive)
    assert first.upgrade()
    with pytest.raises(Busy):
        lock_file(path, clock=Sleeper(), shared=True, primitive=primitive)
    first.release()


@pytest.mark.parametrize("shared", [True, False])
def test_certbot_is_kept_out(tmp_path: Path, primitive: Primitive, shared: bool) -> None:
    path = tmp_path / ".certbot.lock"
    with lock_file(str(path), clock=Sleeper(), shared=shared, primitive=primitive):
        assert not is_free_for_certbot(path)
    assert is_free_for_certbot(path)


def test_certbot_keeps_us_out(tmp_path: Path, primitive: Primitive) -> None:
    path = tmp_path / ".certbot.lock"
    with certbot(path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Busy):
            lock_file(str(path), clock=Sleeper(), shared=True, primitive=primitive)
        process.communicate("")
    lock_file(str(path), clock=Sleeper(), shared=True, primitive=primitive).release()


def test_a_failed_try_does_not_lose_the_lock(tmp_path: Path, primitive: Primitive) -> None:
    path = tmp_path / "lock"
    with lock_file(str(path), clock=Sleeper(), primitive=primitive):
        with pytest.raises(Busy):
            lock_file(str(path), clock=Sleeper(), primitive=primitive)
        assert not is_free_for_certbot(path)


def test_the_last_one_removes_the_file(tmp_path: Path, primitive: Primitive) -> None:
    path = tmp_path / "lock"
    first = lock_file(str(path), clock=Sleeper(), shared=True, unlink=True, primitive=primitive)
    second = lock_file(str(path), clock=Sleeper(), shared=True, unlink=True, primitive=primitive)
    first.release()
    assert path.exists()
    second.release()
    assert not path.exists()


def test_a_file_that_was_replaced_is_not_mistaken(tmp_path: Path, primitive: Primitive) -> None:
    path = tmp_path / "lock"
    stale = lock_file(str(path), clock=Sleeper(), unlink=True, primitive=primitive)
    path.unlink()
    with lock_file(str(path), clock=Sleeper(), primitive=primitive):
        stale.release()
        assert path.exists()
        with pytest.raises(Busy):
            lock_file(str(path), clock=Sleeper(), primitive=primitive)


def test_waiting_ends_when_the_lock_is_free(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    clock = Sleeper()
    clock.on_sleep.append(lock_file(path, clock=clock))
    with lock_file(path, clock=clock, wait=5):
        assert 0 < clock.slept < 1


def test_waiting_is_bounded(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    clock = Sleeper()
    with lock_file(path, clock=clock), pytest.raises(Busy, match="mine"):
        lock_file(path, clock=clock, wait=2, busy=Busy("mine", remedy="wait"))
    assert clock.slept == pytest.approx(2)


def test_waiting_for_ever(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    clock = Sleeper()
    clock.on_sleep.append(lock_file(path, clock=clock))
    lock_file(path, clock=clock, wait=None).release()


def test_threads_exclude_each_other(tmp_path: Path, primitive: Primitive) -> None:
    path = str(tmp_path / "lock")
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            try:
                lock = lock_file(path, clock=Sleeper(), wait=0, unlink=True, primitive=primitive)
            except Busy:
                continue
            with lock:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


def test_the_file_is_private_and_descriptors_are_closed(tmp_path: Path, primitive: Primitive) -> None:
    path = tmp_path / "lock"
    before = len(os.listdir("/proc/self/fd"))
    with lock_file(str(path), clock=Sleeper(), primitive=primitive):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(Busy):
            lock_file(str(path), clock=Sleeper(), primitive=primitive)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_place_that_cannot_be_locked_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="cannot lock"):
        lock_file(str(tmp_path / "missing" / "lock"), clock=Sleeper())
    with pytest.raises(StoreUnusable, match="cannot lock"):
        lock_file(str(tmp_path), clock=Sleeper())
    (tmp_path / "link").symlink_to("elsewhere")
    with pytest.raises(StoreUnusable, match="symbolic link"):
        lock_file(str(tmp_path / "link"), clock=Sleeper())
