"""What Certbot, a full disk or a power cut left behind is mended by content."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from everseal.model.errors import StoreUnusable
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.store import CertbotStore
from tests.store.minting import NOW, StillClock, mint, root_pem
from tests.store.trees import KINDS, make_tree, snapshot

NAME = CertificateName("example.org")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "le"
    make_tree(config, "example.org", [mint("example.org"), mint("example.org")])
    return config


@pytest.fixture
def store(config: Path) -> CertbotStore:
    return CertbotStore(str(config), clock=StillClock())


def archived(config: Path, name: str) -> Path:
    return config / "archive" / "example.org" / name


def live(config: Path, name: str) -> Path:
    return config / "live" / "example.org" / name


def _killed_certbot(config: Path) -> None:
    """Between unlinking and making a link, with the way back prepared."""
    for kind in KINDS:
        live(config, f"previous_{kind}.pem").symlink_to(f"../../archive/example.org/{kind}1.pem")
    live(config, "chain.pem").unlink()


def _mixed(config: Path) -> None:
    live(config, "cert.pem").unlink()
    live(config, "cert.pem").symlink_to("../../archive/example.org/cert1.pem")


def _lose_links(config: Path) -> None:
    for kind in KINDS:
        live(config, f"{kind}.pem").unlink()


DAMAGE: dict[str, tuple[Callable[[Path], object], int]] = {
    "torn fullchain": (lambda c: archived(c, "fullchain2.pem").write_bytes(b""), 1),
    "torn chain": (lambda c: archived(c, "chain2.pem").write_bytes(b""), 1),
    "torn cert": (lambda c: archived(c, "cert2.pem").write_bytes(b"-----BEGIN CERT"), 1),
    "torn key": (lambda c: archived(c, "privkey2.pem").write_bytes(b""), 1),
    "foreign key": (
        lambda c: archived(c, "privkey2.pem").write_bytes(archived(c, "privkey1.pem").read_bytes()),
        1,
    ),
    "target lost": (lambda c: archived(c, "cert2.pem").unlink(), 1),
    "link lost": (lambda c: live(c, "cert.pem").unlink(), 2),
    "all links lost": (_lose_links, 2),
    "mixed": (_mixed, 2),
    "killed certbot": (_killed_certbot, 2),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_broken_links_move_to_the_newest_sound_version(
    store: CertbotStore, config: Path, damage: str
) -> None:
    do, wanted = DAMAGE[damage]
    do(config)
    with store.run_lock(), store.lock(NAME, wait=0):
        recovery = store.recover(NAME)
    assert recovery.moved_to == wanted
    assert recovery.did_something
    targets = {os.readlink(live(config, f"{kind}.pem")) for kind in KINDS}
    assert targets == {f"../../archive/example.org/{kind}{wanted}.pem" for kind in KINDS}
    assert not list((config / "live" / "example.org").glob("previous_*"))


def test_a_sound_tree_is_left_alone(store: CertbotStore, config: Path) -> None:
    before = snapshot(config)
    assert not store.recover(NAME).did_something
    assert snapshot(config) == before


def test_an_older_live_version_is_left_alone(store: CertbotStore, config: Path) -> None:
    store.relink(NAME, 1)
    assert not store.recover(NAME).did_something
    assert store.load(NAME).live == 1


def test_a_root_added_to_the_full_chain_by_hand_is_no_damage(store: CertbotStore, config: Path) -> None:
    fullchain = archived(config, "fullchain2.pem")
    fullchain.write_bytes(fullchain.read_bytes() + root_pem())
    assert not store.recover(NAME).did_something
    assert os.readlink(live(config, "cert.pem")).endswith("cert2.pem")


def test_copied_files_are_not_replaced(store: CertbotStore, config: Path) -> None:
    data = live(config, "cert.pem").read_bytes()
    live(config, "cert.pem").unlink()
    live(config, "cert.pem").write_bytes(data)
    before = snapshot(config)
    assert not store.recover(NAME).did_something
    assert snapshot(config) == before


def test_nothing_sound_is_left_as_it_is(store: CertbotStore, config: Path) -> None:
    for number in (1, 2):
        archived(config, f"privkey{number}.pem").write_bytes(b"")
    before = snapshot(config)
    assert not store.recover(NAME).did_something
    assert snapshot(config) == before


def test_what_killed_writers_left_in_shared_folders_goes_when_it_is_old(
    store: CertbotStore, config: Path
) -> None:
    folders = (config / "renewal", config / "live", config / ".everseal" / "directories")
    folders[-1].mkdir(parents=True)
    for folder in folders:
        old, young = folder / f".x.conf.{'0' * 16}.tmp", folder / f".x.conf.{'1' * 16}.tmp"
        old.touch()
        young.touch()
        os.utime(old, (NOW.timestamp() - 7200,) * 2)
        os.utime(young, (NOW.timestamp() - 60,) * 2)
    store.sweep()
    for folder in folders:
        assert [path.name for path in folder.glob(".*.tmp")] == [f".x.conf.{'1' * 16}.tmp"]


def test_a_renewal_file_that_was_being_written_goes_unless_somebody_is_at_work(
    store: CertbotStore, config: Path
) -> None:
    left = config / "renewal" / f".example.org.conf.{'0' * 16}.tmp"
    left.touch()
    with store.lock(NAME, wait=0):
        store.sweep()
        assert left.exists()
    store.sweep()
    assert not left.exists()
    assert (config / "renewal" / "example.org.conf").exists()


@pytest.mark.parametrize("kind", ["pending", "changes"])
@pytest.mark.parametrize("content", [b"", b"{}", b'{"change": "explode", "name": "example.org"}'])
def test_a_journal_that_is_not_ours_is_told(
    store: CertbotStore, config: Path, kind: str, content: bytes
) -> None:
    folder = config / ".everseal" / kind
    folder.mkdir(parents=True)
    (folder / "example.org.json").write_bytes(content)
    assert store.open_journals() == (NAME,)
    with pytest.raises(StoreUnusable, match=r"example\.org\.json cannot be understood"):
        store.recover(NAME)
