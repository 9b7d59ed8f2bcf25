from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from everseal.model.errors import StoreUnusable
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.archive import BadLink, linked_versions, live_version
from everseal.store.certbot_dir.flip import link_targets, move_links, settle_twin
from everseal.store.certbot_dir.layout import Layout, LineagePaths
from everseal.system.files import exchange
from tests.store.minting import mint
from tests.store.trees import make_tree

NAME = CertificateName("example.org")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "le"
    make_tree(config, "example.org", [mint("example.org"), mint("example.org")], live=1)
    return config


@pytest.fixture
def paths(config: Path) -> LineagePaths:
    return Layout(str(config)).default_paths(NAME)


@pytest.fixture
def live(config: Path) -> Path:
    return config / "live" / "example.org"


def never(_first: str, _second: str) -> bool:
    return False


@pytest.mark.parametrize("swap", [exchange, never])
def test_all_links_move_and_everything_else_stays(paths: LineagePaths, live: Path, swap: object) -> None:
    (live / "haproxy.pem").write_text("both")
    (live / "note").symlink_to("/nowhere")
    inode = (live / "haproxy.pem").stat().st_ino
    move_links(paths, 2, swap=exchange if swap is exchange else never)
    assert live_version(paths) == 2
    assert os.readlink(live / "cert.pem") == "../../archive/example.org/cert2.pem"
    assert (live / "haproxy.pem").stat().st_ino == inode
    assert os.readlink(live / "note") == "/nowhere"
    assert sorted(os.listdir(live.parent)) == ["example.org"]
    assert sorted(os.listdir(live)) == [
        "README",
        "cert.pem",
        "chain.pem",
        "fullchain.pem",
        "haproxy.pem",
        "note",
        "privkey.pem",
    ]


def test_the_directory_is_exchanged_with_its_mode_and_owner(paths: LineagePaths, live: Path) -> None:
    live.chmod(0o2750)
    before = live.stat()
    move_links(paths, 2)
    after = live.stat()
    assert stat.S_IMODE(after.st_mode) == 0o2750
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_a_directory_inside_is_relinked(paths: LineagePaths, live: Path) -> None:
    (live / "folder").mkdir()
    before = live.stat().st_ino
    move_links(paths, 2)
    assert live_version(paths) == 2
    assert live.stat().st_ino == before


def test_a_live_directory_that_is_a_link_is_relinked(paths: LineagePaths, live: Path, tmp_path: Path) -> None:
    live.rename(tmp_path / "elsewhere")
    live.symlink_to(tmp_path / "elsewhere")
    move_links(paths, 2)
    assert live.is_symlink()
    assert live_version(paths) == 2
    assert os.readlink(live / "cert.pem") == os.path.join(paths.archive_dir, "cert2.pem")


def test_relinking_moves_the_key_first(paths: LineagePaths, live: Path) -> None:
    (live / "folder").mkdir()
    (live / "chain.pem").unlink()
    (live / "chain.pem").mkdir()
    with pytest.raises(StoreUnusable):
        move_links(paths, 2, swap=never)
    assert linked_versions(paths)["privkey"] == 1


def test_a_missing_live_directory_appears_whole(paths: LineagePaths, live: Path) -> None:
    for entry in live.iterdir():
        entry.unlink()
    live.rmdir()
    move_links(paths, 2)
    assert live_version(paths) == 2
    assert stat.S_IMODE(live.stat().st_mode) == 0o755
    assert (live / "README").read_text().startswith("This directory contains your keys and certificates.\n")


def test_so_does_the_directory_that_all_live_directories_are_in(paths: LineagePaths, live: Path) -> None:
    shutil.rmtree(live.parent)
    move_links(paths, 2)
    assert live_version(paths) == 2
    assert stat.S_IMODE(live.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("swap", [exchange, never])
def test_a_file_in_the_place_of_a_link_is_not_removed(paths: LineagePaths, live: Path, swap: object) -> None:
    (live / "privkey.pem").unlink()
    (live / "privkey.pem").write_text("the only copy")
    with pytest.raises(StoreUnusable, match="not a symbolic link"):
        move_links(paths, 2, swap=exchange if swap is exchange else never)
    assert (live / "privkey.pem").read_text() == "the only copy"
    assert linked_versions(paths)["cert"] == 1
    assert isinstance(linked_versions(paths)["privkey"], BadLink)


def test_files_that_come_and_go_meanwhile(paths: LineagePaths, live: Path) -> None:
    (live / "goes").write_text("")
    (live / "changes").write_text("old")

    def busy_exchange(first: str, second: str) -> bool:
        (live / "comes").write_text("new")
        (live / "goes").unlink()
        (live / "changes.tmp").write_text("newer")
        (live / "changes.tmp").rename(live / "changes")
        return exchange(first, second)

    move_links(paths, 2, swap=busy_exchange)
    assert (live / "comes").read_text() == "new"
    assert not (live / "goes").exists()
    assert (live / "changes").read_text() == "newer"
    assert os.listdir(live.parent) == ["example.org"]


def test_what_an_interrupted_exchange_left_is_taken_in(paths: LineagePaths, live: Path) -> None:
    twin = live.parent / ".example.org.twin"
    twin.mkdir()
    (twin / "cert.pem").symlink_to("../../archive/example.org/cert1.pem")
    (twin / "late").write_text("written just before")
    os.link(live / "README", twin / "README")
    settle_twin(str(live))
    assert not twin.exists()
    assert (live / "late").read_text() == "written just before"
    assert linked_versions(paths)["cert"] == 1


def test_links_of_an_interrupted_certbot_go(paths: LineagePaths, live: Path) -> None:
    for swap in (exchange, never):
        for kind in ("cert", "privkey", "chain", "fullchain"):
            (live / f"previous_{kind}.pem").symlink_to(f"../../archive/example.org/{kind}1.pem")
        move_links(paths, 2, swap=swap)
        assert not list(live.glob("previous_*"))


def test_targets_are_relative_where_that_leads_there(paths: LineagePaths) -> None:
    assert link_targets(paths, 7)["chain"] == "../../archive/example.org/chain7.pem"


def test_a_reader_always_finds_one_version(paths: LineagePaths, live: Path) -> None:
    """Whatever opens the directory once sees four links of one version, at every moment."""
    for number in (2, 1, 2, 1):
        descriptor = os.open(live, os.O_RDONLY)
        before = {os.readlink(f"{kind}.pem", dir_fd=descriptor)[-5] for kind in ("cert", "privkey", "chain")}
        move_links(paths, number)
        os.close(descriptor)
        assert len(before) == 1
        assert live_version(paths) == number
