"""What the harness calls too wide, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.modes import wider_modes

KEY = b"-----BEGIN PRIVATE KEY-----"
NARROW = (
    ("config/live/README", 0o644, b""),
    ("config/archive/one.test/privkey1.pem", 0o600, KEY),
    ("config/archive/one.test/.cert2.pem.0123.tmp", 0o644, b""),
    ("config/accounts/ca.test/directory/0a/regr.json", 0o644, b""),
    ("config/accounts/ca.test/directory/0a/private_key.json", 0o400, b"{}"),
    ("config/.everseal/pending/one.test.json", 0o600, KEY),
)
PRIVATE = ("config/accounts", "config/archive", "config/live", "config/.everseal")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for inside, mode, content in NARROW:
        path = tmp_path / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    for folder in [path for path in tmp_path.rglob("*") if path.is_dir()]:
        below = {"accounts", ".everseal"} & set(folder.parts)
        folder.chmod(0o700 if below or folder.name in ("archive", "live") else 0o755)
    return tmp_path


def test_what_is_as_it_should_be_is_not_told(home: Path) -> None:
    assert list(wider_modes(home)) == []


@pytest.mark.parametrize(("inside", "mode"), [(inside, mode) for inside, mode, _ in NARROW])
def test_one_bit_more_is(home: Path, inside: str, mode: int) -> None:
    (home / inside).chmod(mode | 0o002)
    (told,) = wider_modes(home)
    assert told.startswith(f"{inside} has mode {mode | 0o002:04o}")


@pytest.mark.parametrize("inside", PRIVATE)
def test_a_directory_that_others_may_enter_is(home: Path, inside: str) -> None:
    (home / inside).chmod(0o711)
    assert list(wider_modes(home)) == [f"{inside} has mode 0711, not 0700"]


def test_a_key_by_any_name_is(home: Path) -> None:
    copy = home / "config" / "live" / "bundle"
    copy.write_bytes(KEY)
    copy.chmod(0o640)
    assert list(wider_modes(home)) == ["config/live/bundle has mode 0640, not 0600"]
