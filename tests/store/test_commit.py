"""Modes, owners and what is left after a commit on Certbot's directory."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from everseal.model.errors import Busy, LineageExists, OperatorError, StoreUnusable, Unsound
from everseal.model.lineage import Lineage, NewVersion
from everseal.model.names import CertificateName, DnsName
from everseal.store.certbot_dir.store import CertbotStore
from tests.store.minting import NOW, Minted, StillClock, mint
from tests.store.trees import make_tree, snapshot

NAME = CertificateName("example.org")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "le"


@pytest.fixture
def store(config: Path) -> CertbotStore:
    return CertbotStore(str(config), clock=StillClock())


def commit(store: CertbotStore, minted: Minted, *, new: bool = False) -> Lineage:
    with store.run_lock(), store.lock(NAME, wait=0):
        return store.commit(NAME, minted.version(), parameters={"server": "x"}, sections={}, new=new)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_are_certbots_under_any_umask(store: CertbotStore, config: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        commit(store, mint("example.org"), new=True)
    finally:
        os.umask(before)
    modes = {
        str(path.relative_to(config)): mode(path)
        for path in config.rglob("*")
        if not path.is_symlink() and ".everseal" not in path.parts
    }
    assert modes == {
        "renewal": 0o700,
        "renewal/example.org.conf": 0o644,
        "archive": 0o700,
        "archive/example.org": 0o755,
        "archive/example.org/cert1.pem": 0o644,
        "archive/example.org/chain1.pem": 0o644,
        "archive/example.org/fullchain1.pem": 0o644,
        "archive/example.org/privkey1.pem": 0o600,
        "live": 0o700,
        "live/README": 0o644,
        "live/example.org": 0o755,
        "live/example.org/README": 0o644,
    }
    assert mode(config) == 0o755
    own = [config / ".everseal", *(config / ".everseal").rglob("*")]
    assert {mode(path) for path in own if path.is_dir()} == {0o700}
    assert {mode(path) for path in own if path.is_file()} <= {0o600}


def test_nothing_is_left_open(store: CertbotStore, config: Path) -> None:
    commit(store, mint("example.org"), new=True)
    assert store.open_journals() == ()
    assert not (config / ".certbot.lock").exists()
    assert not [path for path in config.rglob("*") if path.name.endswith((".tmp", ".twin", ".json"))]


@pytest.mark.parametrize(("old", "wanted"), [(0o600, 0o600), (0o640, 0o640), (0o644, 0o644), (0o667, 0o664)])
def test_a_new_key_is_open_to_whom_the_old_one_was(
    store: CertbotStore, config: Path, old: int, wanted: int
) -> None:
    make_tree(config, "example.org", [mint("example.org")])
    archive = config / "archive" / "example.org"
    (archive / "privkey1.pem").chmod(old)
    if os.geteuid() == 0:
        os.chown(archive / "privkey1.pem", 1234, 4321)
    commit(store, mint("example.org"))
    assert mode(archive / "privkey2.pem") == wanted
    found = (archive / "privkey2.pem").stat()
    assert found.st_gid == (archive / "privkey1.pem").stat().st_gid
    assert found.st_uid == os.geteuid()


def test_an_access_control_list_on_the_key_is_carried(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", [mint("example.org")])
    archive = config / "archive" / "example.org"
    # Version 2; user::rw- user:1234:r-- group::--- mask::r-- other::---
    nobody = 0xFFFFFFFF
    entries = [(1, 6, nobody), (2, 4, 1234), (4, 0, nobody), (0x10, 4, nobody), (0x20, 0, nobody)]
    acl = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + permission.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, permission, who in entries
    )
    try:
        os.setxattr(archive / "privkey1.pem", "system.posix_acl_access", acl)
    except OSError:
        wanted = None
    else:
        wanted = acl
    commit(store, mint("example.org"))
    found = None
    if "system.posix_acl_access" in os.listxattr(archive / "privkey2.pem"):
        found = os.getxattr(archive / "privkey2.pem", "system.posix_acl_access")
    assert found == wanted


@pytest.mark.parametrize("what", ["archive", "live"])
def test_a_stray_directory_is_not_taken_over(store: CertbotStore, config: Path, what: str) -> None:
    stray = config / what / "example.org"
    stray.mkdir(parents=True)
    (stray / "privkey1.pem").write_text("somebody's")
    with pytest.raises(LineageExists, match=f"{what} directory exists for example.org"):
        store.reserve_check(NAME)
    with pytest.raises(LineageExists):
        commit(store, mint("example.org"), new=True)
    assert (stray / "privkey1.pem").read_text() == "somebody's"
    assert store.names() == ()


def test_an_empty_stray_directory_is_no_obstacle(store: CertbotStore, config: Path) -> None:
    (config / "archive" / "example.org").mkdir(parents=True)
    assert commit(store, mint("example.org"), new=True).live == 1


def test_an_unsound_first_certificate_leaves_no_trace(store: CertbotStore, config: Path) -> None:
    old = mint("example.org", issued=NOW - timedelta(days=400))
    with pytest.raises(Unsound) as caught:
        commit(store, old, new=True)
    assert "example.org was not put to use" in caught.value.message
    assert not (config / "archive" / "example.org").exists()
    assert not (config / "live" / "example.org").exists()
    assert store.names() == store.open_journals() == ()


def test_an_unsound_renewal_changes_nothing_that_certbot_knows(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", [mint("example.org")])
    (config / "live" / "README").write_text("This directory contains your keys and certificates.\n")
    before = snapshot(config)
    minted = mint("evil.example")
    version = NewVersion(minted.key_pem, minted.fullchain_pem, (DnsName("example.org"),))
    with store.run_lock(), store.lock(NAME, wait=0), pytest.raises(Unsound):
        store.commit(NAME, version, parameters={}, sections={}, new=False)
    after = {path: seen for path, seen in snapshot(config).items() if not path.startswith(".everseal")}
    assert after == before


def test_a_live_directory_with_copied_files_is_refused_whole(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", [mint("example.org")])
    link = config / "live" / "example.org" / "privkey.pem"
    data = link.read_bytes()
    link.unlink()
    link.write_bytes(data)
    before = snapshot(config / "live")
    with pytest.raises(OperatorError):
        commit(store, mint("example.org"))
    assert {path: seen for path, seen in snapshot(config / "live").items() if path != "README"} == before


@pytest.mark.parametrize("blocked", ["archive", "live", "renewal", ".everseal"])
def test_a_file_in_the_place_of_a_directory(store: CertbotStore, config: Path, blocked: str) -> None:
    config.mkdir()
    (config / blocked).write_text("in the way")
    with pytest.raises(StoreUnusable) as caught:
        commit(store, mint("example.org"), new=True)
    assert blocked in caught.value.message
    (config / blocked).unlink()
    assert commit(store, mint("example.org"), new=True).live == 1


def test_certbots_own_lock_is_respected(store: CertbotStore, config: Path) -> None:
    with store.run_lock() as lock:
        assert lock.upgrade()
        with pytest.raises(Busy) as caught:
            store.run_lock()
    assert caught.value.message == "Another instance of Certbot is already running"


def test_deletion_spares_what_is_not_the_lineages(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", [mint("example.org")])
    live = config / "live" / "example.org"
    (live / "haproxy.pem").write_text("mine")
    removed = store.delete(NAME)
    assert [os.path.relpath(path, config) for path in removed] == [
        "renewal/example.org.conf",
        *(f"live/example.org/{kind}.pem" for kind in ("cert", "privkey", "chain", "fullchain")),
        "live/example.org/README",
        "archive/example.org",
    ]
    assert os.listdir(live) == ["haproxy.pem"]


def test_an_archive_elsewhere_loses_only_its_numbered_files(
    store: CertbotStore, config: Path, tmp_path: Path
) -> None:
    make_tree(config, "example.org", [mint("example.org")])
    elsewhere = tmp_path / "precious"
    (config / "archive" / "example.org").rename(elsewhere)
    (elsewhere / "thesis.txt").write_text("years of work")
    conf = config / "renewal" / "example.org.conf"
    conf.write_text(conf.read_text().replace(f"{config}/archive/example.org", str(elsewhere)))
    store.delete(NAME)
    assert os.listdir(elsewhere) == ["thesis.txt"]


def test_a_lineage_whose_renewal_file_is_broken_can_be_deleted(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", [mint("example.org")])
    (config / "renewal" / "example.org.conf").write_text("gibberish")
    store.delete(NAME)
    assert not [path for path in config.rglob("example.org*") if ".everseal" not in path.parts]


def test_half_versions_go_with_the_old_ones(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", [mint("example.org") for _ in range(3)])
    archive = config / "archive" / "example.org"
    (archive / "cert1.pem").unlink()
    removed = store.prune(NAME, (1,))
    assert sorted(os.path.basename(path) for path in removed) == [
        "chain1.pem",
        "fullchain1.pem",
        "privkey1.pem",
    ]
    assert store.load(NAME).versions == (2, 3)


def test_a_relink_to_a_version_that_does_not_match_is_refused(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", [mint("example.org"), mint("example.org")])
    archive = config / "archive" / "example.org"
    (archive / "privkey1.pem").write_bytes((archive / "privkey2.pem").read_bytes())
    with pytest.raises(Unsound):
        store.relink(NAME, 1)
    assert store.load(NAME).live == 2
