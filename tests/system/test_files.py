from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from everseal.model.errors import StoreUnusable
from everseal.system import files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o077])
@pytest.mark.parametrize("wanted", [0o600, 0o400, 0o644, 0o640])
def test_a_file_gets_its_mode_under_any_umask(tmp_path: Path, umask: int, wanted: int) -> None:
    before = os.umask(umask)
    try:
        files.write_file(str(tmp_path / "file"), b"content", mode=wanted)
    finally:
        os.umask(before)
    assert mode(tmp_path / "file") == wanted
    assert os.listdir(tmp_path) == ["file"]


def test_content_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a much longer old content")
    reader = path.open("rb")
    files.write_file(str(path), b"new", mode=0o644)
    with reader:
        assert reader.read() == b"a much longer old content"
    assert path.read_bytes() == b"new"


def test_exclusive_leaves_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        files.write_file(str(path), b"new", mode=0o600, exclusive=True)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"stays")
    (tmp_path / "link").symlink_to("target")
    files.write_file(str(tmp_path / "link"), b"new", mode=0o644)
    assert (tmp_path / "target").read_bytes() == b"stays"
    assert not (tmp_path / "link").is_symlink()


def test_group_is_given_as_far_as_possible(tmp_path: Path) -> None:
    files.write_file(str(tmp_path / "file"), b"", mode=0o640, owner=(-1, os.getgid()))
    assert (tmp_path / "file").stat().st_gid == os.getgid()


@pytest.mark.parametrize("place", ["missing/file", "blocked/file", "taken"])
def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "blocked").write_bytes(b"a file")
    (tmp_path / "taken").mkdir()
    with pytest.raises(StoreUnusable) as caught:
        files.write_file(str(tmp_path / place), b"", mode=0o600)
    assert str(tmp_path / place) in caught.value.message
    assert caught.value.remedy
    assert sorted(os.listdir(tmp_path)) == ["blocked", "taken"]


def test_a_full_disk_is_said() -> None:
    error = files.unusable("write", "/etc/x", OSError(28, "No space left on device"))
    assert error.message == "cannot write /etc/x: no space is left on the device"


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert files.read_file(str(tmp_path / "file"), limit=5) == b"12345"
    with pytest.raises(StoreUnusable, match="larger than 4 bytes"):
        files.read_file(str(tmp_path / "file"), limit=4)
    with pytest.raises(FileNotFoundError):
        files.read_file(str(tmp_path / "none"))
    with pytest.raises(StoreUnusable, match="cannot read"):
        files.read_file(str(tmp_path))


def test_directories_get_their_mode(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert files.make_directory(str(tmp_path / "a" / "b"), 0o755, parents=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o755
    assert not files.make_directory(str(tmp_path / "a"), 0o700)
    assert mode(tmp_path / "a") == 0o755


def test_a_file_in_the_place_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(StoreUnusable):
        files.make_directory(str(tmp_path / "a"), 0o700)
    with pytest.raises(StoreUnusable):
        files.make_directory(str(tmp_path / "a" / "b"), 0o700, parents=True)


def test_temporary_names_are_known_again(tmp_path: Path) -> None:
    for base in ("cert1.pem", "x" * 250, "ä" * 120, ".hidden"):
        name = os.path.basename(files.temporary_name(str(tmp_path / base)))
        assert files.is_temporary_of(name, base)
        assert not files.is_temporary_of(name, "other")
        (tmp_path / name).write_bytes(b"the file system takes it")
    assert files.temporary_base("cert1.pem") is None


def test_two_directories_are_exchanged_in_one_step(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "first").touch()
    if files.exchange(str(tmp_path / "a"), str(tmp_path / "b")):
        assert (tmp_path / "b" / "first").exists()
    with pytest.raises(FileNotFoundError):
        files.exchange(str(tmp_path / "a"), str(tmp_path / "none"))


def test_removal_says_whether_something_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert files.remove_file(str(tmp_path / "a"))
    assert not files.remove_file(str(tmp_path / "a"))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "one.test.json"
    os.mkfifo(pipe)
    with pytest.raises(StoreUnusable, match="it is a pipe or a device, not a file"):
        files.read_file(str(pipe))


def test_a_pipe_that_an_operator_names_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"password")
    os.close(writing)
    assert files.read_file(f"/proc/self/fd/{reading}", streams=True) == b"password"
    os.close(reading)
