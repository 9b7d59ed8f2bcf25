"""CAs' answers in one file: kept together, read by whoever asks, and a loss at worst where it is damaged."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from everseal.store.answers import FILE, Answers

NOW = 1_000_000.0
LATER = NOW + 1000
WHOLE = {
    "ari_certificate": "aki.serial",
    "ari_ask_again": "2026-11-28T05:12:46+00:00",
    "ari_window_start": "2026-12-01T08:31:55+00:00",
    "ari_window_end": "2026-12-01T11:53:31+00:00",
    "ari_explanation": "https://ca.example/why",
    "ari_failures": "3",
}


def book(folder: Path) -> Answers:
    return Answers(str(folder / FILE))


def brief(number: int) -> Mapping[str, str]:
    return {"ari_certificate": f"aki.{number}", "ari_ask_again": "2026-11-28T05:12:46+00:00"}


def test_what_is_kept_is_read_by_others(tmp_path: Path) -> None:
    ours = book(tmp_path)
    assert ours.of("aki.serial") is None
    ours.keep([(WHOLE, LATER), (brief(1), LATER)], now=NOW)
    for each in (ours, book(tmp_path)):
        assert each.of("aki.serial") == WHOLE
        assert each.of("aki.1") == brief(1)
        assert each.of("aki.2") is None
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [FILE]


def test_a_later_answer_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    book(tmp_path).keep([(WHOLE, LATER)], now=NOW)
    book(tmp_path).keep([({**brief(1), "ari_certificate": "aki.serial"}, LATER)], now=NOW)
    assert book(tmp_path).of("aki.serial") == {**brief(1), "ari_certificate": "aki.serial"}


def test_what_is_worthless_is_forgotten(tmp_path: Path) -> None:
    book(tmp_path).keep([(brief(1), NOW + 1), (brief(2), NOW + 3)], now=NOW)
    book(tmp_path).keep([(brief(3), NOW + 9)], now=NOW + 2)
    assert [book(tmp_path).of(f"aki.{number}") for number in (1, 2, 3)] == [None, brief(2), brief(3)]


def test_there_are_only_so_many(tmp_path: Path) -> None:
    """Those that are worthless first go first."""
    small = Answers(str(tmp_path / FILE), most=3)
    small.keep([(brief(number), LATER + number) for number in range(5)], now=NOW)
    known = book(tmp_path)
    assert [known.of(f"aki.{number}") is not None for number in range(5)] == [False, False, True, True, True]


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    shared = book(tmp_path)
    threads = [
        threading.Thread(
            target=lambda start=start: shared.keep(
                [(brief(start + each), LATER) for each in range(5)], now=NOW
            )
        )
        for start in range(0, 40, 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(shared.of(f"aki.{number}") == brief(number) for number in range(40))


def statement(text: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(text)
        connection.close()

    return change


def garbage(path: Path) -> None:
    path.write_bytes(b"x" * 5000)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def another_database(path: Path) -> None:
    path.unlink()
    statement("CREATE TABLE answers (certificate TEXT, other TEXT)")(path)


def oversized(path: Path) -> None:
    os.truncate(path, 2**30)


def a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "damage",
    [empty, garbage, cut_short, another_database, oversized, a_link, a_pipe],
)
def test_a_file_that_is_not_ours_holds_nothing_and_is_made_anew(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    book(tmp_path).keep([(WHOLE, LATER)], now=NOW)
    damage(tmp_path / FILE)
    known = book(tmp_path)
    assert known.of("aki.serial") is None
    known.keep([(brief(1), LATER)], now=NOW)
    assert known.of("aki.1") == brief(1)
    assert stat.S_ISREG((tmp_path / FILE).lstat().st_mode)


@pytest.mark.parametrize(
    "text",
    ["a\x1b[31m", "a\nb", "x" * 5000, "\x00"],
)
@pytest.mark.parametrize("column", ["certificate", "ask_again", "explanation"])
def test_texts_that_are_none_are_passed_over(column: str, text: str, tmp_path: Path) -> None:
    book(tmp_path).keep([(WHOLE, LATER), (brief(1), LATER)], now=NOW)
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute(f"UPDATE answers SET {column} = ? WHERE certificate = 'aki.serial'", (text,))
    connection.close()
    known = book(tmp_path)
    assert known.of("aki.serial") is None
    assert known.of(text) is None
    assert known.of("aki.1") == brief(1)


def test_what_cannot_be_kept_stops_nobody(tmp_path: Path) -> None:
    nowhere = Answers(str(tmp_path / "missing" / FILE))
    nowhere.keep([(WHOLE, LATER)], now=NOW)
    assert os.listdir(tmp_path) == []
    (tmp_path / FILE).mkdir()
    folder = book(tmp_path)
    folder.keep([(WHOLE, LATER)], now=NOW)
    assert book(tmp_path).of("aki.serial") is None


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_is_more_than_a_loss(seed: int, tmp_path: Path) -> None:
    """Whatever octets change: texts or nothing, and a file that can be used afterwards."""
    chance = random.Random(seed)
    path = tmp_path / FILE
    book(tmp_path).keep([({**WHOLE, "ari_certificate": f"aki.{each}"}, LATER) for each in range(50)], now=NOW)
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 5, 50, 500))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data[: chance.choice((len(data), len(data) - 1000))])
    known = book(tmp_path)
    for each in range(50):
        found = known.of(f"aki.{each}") or {}
        assert all(value.isprintable() for value in found.values())
    known.keep([(brief(1), LATER)], now=NOW)
    assert book(tmp_path).of("aki.1") == brief(1)
