from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from everseal.model.errors import StoreUnusable
from everseal.store.certbot_dir.state import State
from tests.store.minting import NOW

CA = "https://ca.test/dir"
DIRECTORY = {"newNonce": "https://ca.test/nonce", "meta": {"profiles": {"a": "b"}}}


class Counter:
    """Chance that counts."""

    def __init__(self) -> None:
        self.drawn = 0

    def uniform(self, low: float, high: float) -> float:
        return low

    def token(self, size: int) -> bytes:
        self.drawn += 1
        return bytes([self.drawn]) * size


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(str(tmp_path / "le" / ".everseal"))


def test_a_directory_is_remembered_for_a_day(state: State) -> None:
    assert state.remembered_directory(CA, NOW) is None
    state.remember_directory(CA, DIRECTORY, NOW)
    assert state.remembered_directory(CA, NOW + timedelta(hours=23)) == DIRECTORY
    assert state.remembered_directory(CA, NOW + timedelta(hours=25)) is None
    assert state.remembered_directory(CA, NOW - timedelta(hours=1)) is None
    assert state.remembered_directory("https://other.test/dir", NOW) is None


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"fetched": 1}', b'{"fetched": "2026-11-24T11:00:00"}']
)
def test_a_damaged_memory_is_no_memory(state: State, tmp_path: Path, content: bytes) -> None:
    state.remember_directory(CA, DIRECTORY, NOW)
    (file,) = (tmp_path / "le" / ".everseal" / "directories").iterdir()
    file.write_bytes(content)
    assert state.remembered_directory(CA, NOW) is None


def test_the_secret_is_made_once(state: State, tmp_path: Path) -> None:
    random = Counter()
    first = state.secret(random)
    assert len(first) == 32
    assert state.secret(random) == first
    assert random.drawn == 1
    (tmp_path / "le" / ".everseal" / "secret").write_bytes(b"short")
    assert len(state.secret(random)) == 32


def test_old_temporary_files_go(state: State, tmp_path: Path) -> None:
    state.remember_directory(CA, DIRECTORY, NOW)
    folder = tmp_path / "le" / ".everseal" / "directories"
    old, young = folder / f".x.{'0' * 16}.tmp", folder / f".x.{'1' * 16}.tmp"
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    state.sweep_stale(before=1)
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize("kind", ["pending", "changes"])
def test_a_pipe_for_a_journal_stops_no_run(state: State, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "le" / ".everseal" / kind
    folder.mkdir(parents=True)
    os.mkfifo(folder / "example.org.json")
    (name,) = state.open_journals()
    with pytest.raises(StoreUnusable, match="it is a pipe or a device"):
        state.pending(name) if kind == "pending" else state.change(name)


def test_a_pipe_for_the_secret_stops_no_run(state: State, tmp_path: Path) -> None:
    (tmp_path / "le" / ".everseal").mkdir(parents=True)
    os.mkfifo(tmp_path / "le" / ".everseal" / "secret")
    assert state.known_secret() == b""
