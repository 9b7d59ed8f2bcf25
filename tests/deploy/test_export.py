from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from everseal.deploy.export import InsideTheStore, NoSuchOwner, OwnerRefused, PasswordMissing, check, export
from everseal.model.errors import StoreUnusable
from everseal.model.export import ExportTarget
from everseal.model.lineage import VersionFiles
from tests.store.minting import mint


@pytest.fixture(scope="module")
def files() -> VersionFiles:
    made = mint("example.org")
    return VersionFiles(made.leaf_pem, made.chain_pem, made.fullchain_pem, made.key_pem)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_keys_are_for_their_owner_alone(tmp_path: Path, files: VersionFiles) -> None:
    folder = tmp_path / "made" / "on the way"
    old = os.umask(0)
    try:
        written = export(ExportTarget(str(folder)), "example.org", files)
    finally:
        os.umask(old)
    assert written[-1] == f"{folder}/privkey.pem"
    assert modes(folder) == {
        "cert.pem": 0o644,
        "chain.pem": 0o644,
        "fullchain.pem": 0o644,
        "privkey.pem": 0o600,
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_mode_and_group_are_as_asked_for(tmp_path: Path, files: VersionFiles) -> None:
    owner = f"{os.getuid()}:{os.getgid()}"
    export(ExportTarget(str(tmp_path), "combined", 0o640, owner), "example.org", files)
    assert modes(tmp_path) == {"example.org.pem": 0o640}


def test_a_second_export_replaces_the_first_and_nothing_else(tmp_path: Path, files: VersionFiles) -> None:
    (tmp_path / "ours").write_text("kept")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("kept too")
    (tmp_path / "cert.pem").symlink_to(elsewhere)
    for _ in range(2):
        export(ExportTarget(str(tmp_path)), "example.org", files)
    assert (tmp_path / "cert.pem").read_bytes() == files.cert_pem
    assert not (tmp_path / "cert.pem").is_symlink()
    assert (tmp_path / "ours").read_text() == "kept"
    assert elsewhere.read_text() == "kept too"
    assert len(list(tmp_path.iterdir())) == 6


def test_nothing_is_written_where_something_is_in_the_way(tmp_path: Path, files: VersionFiles) -> None:
    (tmp_path / "cert.pem").mkdir()
    with pytest.raises(StoreUnusable, match=r"cert\.pem is a directory"):
        export(ExportTarget(str(tmp_path)), "example.org", files)
    (tmp_path / "file").write_text("")
    for target in (ExportTarget(str(tmp_path / "file")), ExportTarget(str(tmp_path / "file" / "below"))):
        with pytest.raises(StoreUnusable):
            export(target, "example.org", files)
    with pytest.raises(StoreUnusable, match="is not a directory"):
        check(ExportTarget(str(tmp_path / "file")))


@pytest.mark.parametrize("place", ["live", "live/x.test", "link/x.test"])
def test_not_over_the_certificates_that_are_kept(tmp_path: Path, place: str) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "link").symlink_to("live")
    with pytest.raises(InsideTheStore):
        check(ExportTarget(str(tmp_path / place)), kept=[str(tmp_path / "live")])
    check(ExportTarget(str(tmp_path / "lively")), kept=[str(tmp_path / "live")])


@pytest.mark.parametrize("owner", ["nobody-of-this-name", ":no-group-of-this-name"])
def test_owners_that_are_not_there(tmp_path: Path, files: VersionFiles, owner: str) -> None:
    target = ExportTarget(str(tmp_path / "it"), owner=owner)
    with pytest.raises(NoSuchOwner):
        check(target)
    with pytest.raises(NoSuchOwner):
        export(target, "example.org", files)
    assert not (tmp_path / "it").exists()


def test_an_owner_that_the_system_refuses_is_told(
    tmp_path: Path, files: VersionFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(OwnerRefused, match="cannot be given to 12345"):
        export(ExportTarget(str(tmp_path), owner="12345"), "example.org", files)


@pytest.mark.parametrize(("text", "why"), [(None, "none is given"), ("", "is empty"), ("\r\nx", "is empty")])
def test_a_pkcs12_file_needs_a_password(
    tmp_path: Path, files: VersionFiles, text: str | None, why: str
) -> None:
    path = tmp_path / "password"
    if text is not None:
        path.write_text(text)
    target = ExportTarget(str(tmp_path), "pkcs12", password_file=None if text is None else str(path))
    with pytest.raises(PasswordMissing, match=why):
        check(target)
    with pytest.raises(PasswordMissing, match="is not there"):
        check(ExportTarget(str(tmp_path), "pkcs12", password_file=str(tmp_path / "lost")))


def test_what_a_killed_export_left_goes(tmp_path: Path, files: VersionFiles) -> None:
    (tmp_path / f".privkey.pem.{'0' * 16}.tmp").write_bytes(b"half a key")
    others = tmp_path / f".other.pem.{'0' * 16}.tmp"
    others.write_bytes(b"somebody else's")
    export(ExportTarget(str(tmp_path)), "example.org", files)
    assert list(tmp_path.glob(".*.tmp")) == [others]
