"""Removing versions from Certbot's directory, and what Certbot left beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from everseal.model.names import CertificateName
from everseal.store.certbot_dir.changes import CommitChange, MoveChange
from everseal.store.certbot_dir.store import CertbotStore
from tests.store.minting import StillClock, mint
from tests.store.trees import make_tree

NAME = CertificateName("example.org")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "le"
    make_tree(config, "example.org", [mint("example.org") for _ in range(4)], live=2)
    return config


@pytest.fixture
def store(config: Path) -> CertbotStore:
    return CertbotStore(str(config), clock=StillClock())


def test_the_live_version_stays_whatever_is_asked_for(store: CertbotStore) -> None:
    store.prune(NAME, (1, 2, 3, 4))
    assert store.load(NAME).versions == (2,)


def test_what_a_journal_is_about_stays(store: CertbotStore) -> None:
    store.state.write_change(MoveChange(NAME, 1))
    commit = CommitChange(NAME, 4, "", "", False, None, "", None, ())
    assert store.prune(NAME, (1,)) == ()
    store.state.write_change(commit)
    store.prune(NAME, (1, 3, 4))
    assert store.load(NAME).versions == (2, 4)


def test_nothing_goes_while_the_links_do_not_agree(store: CertbotStore, config: Path) -> None:
    (config / "live/example.org/cert.pem").unlink()
    assert store.prune(NAME, (1, 3)) == ()
    assert store.inventory(NAME).complete == (1, 2, 3, 4)


def test_leftovers_are_what_certbot_numbered(store: CertbotStore, config: Path) -> None:
    for folder, names in (
        ("csr", ["0000_csr-certbot.pem", "0001_csr-letsencrypt.pem", "mine.csr"]),
        ("keys", ["0000_key-certbot.pem", "12345_key-certbot.pem"]),
    ):
        (config / folder).mkdir()
        for name in names:
            (config / folder / name).write_text("")
    found = store.leftovers()
    assert [Path(path).name for path in found] == [
        "0000_csr-certbot.pem",
        "0001_csr-letsencrypt.pem",
        "0000_key-certbot.pem",
        "12345_key-certbot.pem",
    ]
    assert store.remove_leftovers([*found, str(config / "csr/mine.csr")]) == found
    assert (config / "csr/mine.csr").exists()
    assert not (config / "keys").exists()
