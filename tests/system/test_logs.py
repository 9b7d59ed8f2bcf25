from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from everseal.model.errors import Busy
from everseal.system.log_records import DEBUG, ERROR, INFO
from everseal.system.logs import RunLog, roll_over

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:(DEBUG|INFO|WARNING|ERROR):[a-z.]+:.*")
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "letsencrypt.log"


def opened(path: Path, *, keep: int = 1000, secrets: tuple[str, ...] = ()) -> RunLog:
    return RunLog(str(path), keep=keep, lock=nullcontext, secrets=secrets)


def written(path: Path, *texts: str, keep: int = 1000) -> None:
    log = opened(path, keep=keep)
    for text in texts:
        log.write(INFO, "everseal.test", text)
    log.close()


def history(path: Path) -> dict[str, str]:
    """What each file's first record says, by suffix."""
    return {
        file.name.removeprefix(path.name): file.read_text().splitlines()[0].rpartition(":")[2]
        for file in path.parent.iterdir()
    }


def test_the_form_of_a_record(path: Path) -> None:
    log = opened(path)
    log.write(DEBUG, "everseal.engine", "one")
    log.write(ERROR, "everseal.cli", "two")
    log.close()
    lines = path.read_text().splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert [line.split(":")[-3:] for line in lines] == [
        ["DEBUG", "everseal.engine", "one"],
        ["ERROR", "everseal.cli", "two"],
    ]


def test_each_run_begins_a_file_and_the_oldest_goes(path: Path) -> None:
    for run in "abcd":
        written(path, run, keep=2)
    assert history(path) == {"": "d", ".1": "c", ".2": "b"}


def test_what_stands_beyond_a_gap_stays(path: Path) -> None:
    for run in "abc":
        written(path, run)
    Path(f"{path}.1").unlink()
    roll_over(str(path), keep=1000)
    assert history(path) == {".1": "c", ".2": "a"}
    roll_over(str(path), keep=1000)
    assert history(path) == {".1": "c", ".2": "a"}


def test_none_kept_appends_for_ever(path: Path) -> None:
    for run in "ab":
        written(path, run, keep=0)
    assert history(path) == {"": "a"}
    assert len(path.read_text().splitlines()) == 2
    written(path, *["x" * 99_000] * 12, keep=0)
    assert list(path.parent.iterdir()) == [path]


def test_a_mebibyte_begins_another_file(path: Path) -> None:
    written(path, *(f"{number:06}" + "x" * 90_000 for number in range(13)))
    sizes = sorted(file.stat().st_size for file in path.parent.iterdir())
    assert len(sizes) == 2
    assert max(sizes) <= 2**20
    assert "000000xxx" in Path(f"{path}.1").read_text()
    assert "000012xxx" in path.read_text()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("keep", [0, 1000])
def test_only_the_owner_reads_it(path: Path, umask: int, keep: int) -> None:
    path.write_text("of an older program\n")
    path.chmod(0o644)
    before = os.umask(umask)
    try:
        written(path, "one", keep=keep)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_from_outside_makes_a_line_or_moves_a_cursor(path: Path) -> None:
    hostile = "ok\n2026-11-24 00:00:00,000:ERROR:forged:x\r\x1b[2J\x07\x9b31m\u202e\u2028\udce9\0"
    written(path, hostile)
    (line,) = path.read_text().splitlines()
    assert line.isprintable()
    assert LINE.fullmatch(line)


def test_secrets_are_not_shown(path: Path) -> None:
    log = opened(path, secrets=("hush-hush", "hush-hush-more", "abc"))
    log.write(INFO, "everseal.test", f"hush-hush abc hush-hush-more {KEY}after")
    log.write(INFO, "everseal.test", KEY[:40])
    log.close()
    first, second = path.read_text().splitlines()
    assert first.endswith(":******** abc ******** ******** after")
    assert second.endswith(":********")


def test_two_runs_write_to_files_of_their_own(path: Path) -> None:
    first = opened(path)
    first.write(INFO, "everseal.test", "first")
    second = opened(path)
    second.write(INFO, "everseal.test", "second")
    first.write(INFO, "everseal.test", "first again")
    assert len(Path(f"{path}.1").read_text().splitlines()) == 2
    for _ in range(13):
        first.write(INFO, "everseal.test", "x" * 90_000)
    second.write(INFO, "everseal.test", "second again")
    first.close()
    second.close()
    mixed = [file.name for file in path.parent.iterdir() if {"first", "second"} <= words(file)]
    assert mixed == []


def words(file: Path) -> set[str]:
    return set(re.split(r"[ :\n]", file.read_text()))


def test_many_runs_at_once_lose_nothing(path: Path) -> None:
    mutex = threading.Lock()

    def run(number: int) -> None:
        log = RunLog(str(path), keep=1000, lock=lambda: mutex)
        log.write(INFO, "everseal.test", f"run {number}")
        log.close()

    runs = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert sorted(history(path).values()) == sorted(f"run {number}" for number in range(20))


def test_what_cannot_be_written_stops_nobody(path: Path) -> None:
    log = opened(path)
    log.write(INFO, "everseal.test", "x" * 90_000)
    path.parent.joinpath("letsencrypt.log.1").mkdir()
    for _ in range(13):
        log.write(INFO, "everseal.test", "x" * 90_000)
    log.close()
    log.write(INFO, "everseal.test", "too late")
    assert "too late" not in path.read_text()


def test_a_held_lock_is_told_at_the_beginning_and_later_only_costs_the_renaming(path: Path) -> None:
    held = False

    @contextmanager
    def lock() -> Iterator[None]:
        if held:
            raise Busy("held", remedy="wait")
        yield

    log = RunLog(str(path), keep=3, lock=lock)
    held = True
    for _ in range(14):
        log.write(INFO, "everseal.test", "x" * 90_000)
    log.close()
    assert len(path.read_text().splitlines()) == 14
    with pytest.raises(Busy):
        RunLog(str(path), keep=3, lock=lock)
