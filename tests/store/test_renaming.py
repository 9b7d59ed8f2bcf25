"""A renaming that was interrupted is finished, or taken back where its place has been taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from everseal.model.errors import Busy, LineageExists, LineageMissing, StoreUnusable
from everseal.model.names import CertificateName, DnsName
from everseal.model.pending import PendingOrder
from everseal.planning.setback import Setback
from everseal.store.certbot_dir.changes import RenameChange
from everseal.store.certbot_dir.store import CertbotStore
from tests.store.minting import NOW, StillClock, mint
from tests.store.trees import conf_text, make_tree, snapshot

NAME = CertificateName("example.org")
NEW = CertificateName("new.example")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "le"
    make_tree(config, "example.org", [mint("example.org"), mint("example.org")], live=1)
    return config


@pytest.fixture
def store(config: Path) -> CertbotStore:
    return CertbotStore(str(config), clock=StillClock())


def begun(config: Path) -> RenameChange:
    """The journal of a renaming of which nothing is done."""
    text = conf_text(config, "example.org").replace("example.org/", "new.example/")
    live, archive = config / "live", config / "archive"
    return RenameChange(
        name=NAME,
        new_name=NEW,
        number=1,
        live_dir=str(live / "example.org"),
        new_live_dir=str(live / "new.example"),
        archive_dir=str(archive / "example.org"),
        new_archive_dir=str(archive / "new.example"),
        links=tuple(
            str(live / "new.example" / f"{kind}.pem") for kind in ("cert", "privkey", "chain", "fullchain")
        ),
        conf_text=text.replace("archive/example.org", "archive/new.example"),
    )


def test_comments_and_what_others_wrote_stay(store: CertbotStore, config: Path) -> None:
    before = (config / "renewal/example.org.conf").read_text()
    store.rename(NAME, NEW)
    after = (config / "renewal/new.example.conf").read_text()
    assert after == begun(config).conf_text
    assert len(after.splitlines()) == len(before.splitlines())


def test_a_journal_alone_is_carried_out(store: CertbotStore, config: Path) -> None:
    store.state.write_change(begun(config))
    recovery = store.recover(NAME)
    assert (recovery.renamed_to, recovery.did_something) == (NEW, True)
    assert store.load(NEW).live == 1
    with pytest.raises(LineageMissing):
        store.load(NAME)
    assert store.open_journals() == ()


def test_it_waits_for_whoever_is_at_work_on_the_new_name(store: CertbotStore, config: Path) -> None:
    store.state.write_change(begun(config))
    with store.lock(NEW, wait=0), pytest.raises(Busy):
        store.recover(NAME)
    assert store.recover(NAME).renamed_to == NEW


@pytest.mark.parametrize(
    "place", ["live/new.example/file", "archive/new.example/file", "renewal/new.example.conf"]
)
def test_it_is_taken_back_where_its_place_has_been_taken(
    store: CertbotStore, config: Path, place: str
) -> None:
    (config / place).parent.mkdir(exist_ok=True)
    (config / place).write_text("of somebody else")
    before = snapshot(config)
    store.state.write_change(begun(config))
    assert not store.recover(NAME).did_something
    assert store.open_journals() == ()
    assert store.load(NAME).live == 1
    assert {path: found for path, found in snapshot(config).items() if ".everseal" not in path} == before


def test_one_that_is_half_done_says_what_is_in_the_way(store: CertbotStore, config: Path) -> None:
    store.state.write_change(begun(config))
    (config / "archive/example.org").rename(config / "archive/new.example")
    (config / "renewal/new.example.conf").write_text("of somebody else")
    with pytest.raises(StoreUnusable, match=r"new\.example\.conf: something else is there already"):
        store.recover(NAME)
    (config / "renewal/new.example.conf").unlink()
    assert store.recover(NAME).renamed_to == NEW
    assert store.load(NEW).live == 1


def test_failures_that_are_remembered_go_along(store: CertbotStore) -> None:
    setback = Setback(2, NOW, NOW, 1)
    store.state.note_setback(NAME, setback)
    store.rename(NAME, NEW)
    assert (store.state.setback(NAME), store.state.setback(NEW)) == (None, setback)


def test_a_name_with_an_order_under_way_is_not_free(store: CertbotStore) -> None:
    identifiers = (DnsName("new.example"),)
    order = PendingOrder(NEW, "https://ca", "https://ca/1", None, identifiers, b"", None, (), NOW, "ordered")
    store.state.write_pending(order)
    with pytest.raises(LineageExists, match=r"something unfinished for new\.example"):
        store.rename(NAME, NEW)
