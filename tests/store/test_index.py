from __future__ import annotations

import os
import random
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everseal.store.index import Index

if TYPE_CHECKING:
    from everseal.store.index import Chapter

SECRET = bytes(range(32))


def index(folder: Path, *, secret: bytes = SECRET, chapter: Chapter = "renewals") -> Index:
    return Index(str(folder / "index.sqlite"), chapter, secret=secret)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    index(tmp_path).write({"a.example": b"one", "caf\udce9": b"\0\xff"}, ())
    assert index(tmp_path).read() == {"a.example": b"one", "caf\udce9": b"\0\xff"}
    index(tmp_path).write({"a.example": b"two"}, ["caf\udce9"])
    assert index(tmp_path).read() == {"a.example": b"two"}
    assert stat.S_IMODE((tmp_path / "index.sqlite").stat().st_mode) == 0o600


def test_nobody_else_is_believed(tmp_path: Path) -> None:
    index(tmp_path).write({"a.example": b"one"}, ())
    assert index(tmp_path, secret=b"").read() == {}
    assert index(tmp_path, chapter="listing").read() == {}


def test_a_path_of_any_octets(tmp_path: Path) -> None:
    folder = tmp_path / "100%?#&mode=ro caf\udce9"
    folder.mkdir()
    index(folder).write({"a": b"one"}, ())
    assert index(folder).read() == {"a": b"one"}
    assert [each.name for each in folder.iterdir()] == ["index.sqlite"]


def test_a_pipe_in_its_place_stops_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "index.sqlite")
    piped = index(tmp_path)
    assert piped.read() == {}
    piped.write({"a": b"one"}, ())
    assert index(tmp_path).read() == {"a": b"one"}


@pytest.mark.parametrize("seed", range(60))
def test_damage_is_never_believed_and_does_not_last(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    entries = {f"n{number}": chance.randbytes(200) for number in range(100)}
    index(tmp_path).write(entries, ())
    path = tmp_path / "index.sqlite"
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 5, 50, 500, 3000))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data[: chance.choice((len(data), len(data), chance.randrange(len(data))))])
    for _run in range(2):
        damaged = index(tmp_path)
        assert damaged.read().items() <= {**entries, "new": b"entry"}.items()
        damaged.write({"new": b"entry"}, ["n0"])
    assert index(tmp_path).read()["new"] == b"entry"


@pytest.mark.parametrize("kind", ["directory", "link", "nowhere"])
def test_where_nothing_can_be_kept_nothing_is(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    match kind:
        case "directory":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case _:
            path = tmp_path / "missing" / "index.sqlite"
    one = Index(str(path), "renewals", secret=SECRET)
    one.write({"a": b"one"}, ())
    assert one.read() == {}
    assert not os.path.exists(tmp_path / "elsewhere")


def test_the_chapters_leave_each_other_alone(tmp_path: Path) -> None:
    index(tmp_path).write({"a": b"one"}, ())
    other = index(tmp_path, chapter="listing")
    assert other.read() == {}
    other.write({"a": b"two"}, ())
    assert index(tmp_path).read() == {"a": b"one"}
    assert index(tmp_path, chapter="listing").read() == {"a": b"two"}
