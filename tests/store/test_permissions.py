"""A user without the right to read or write gets one sentence and a remedy."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from everseal.model.errors import OperatorError, StoreUnusable
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName
from everseal.ports import CaMemory
from everseal.store.certbot_dir.state import State
from everseal.store.certbot_dir.store import CertbotStore
from tests.store.minting import StillClock, mint
from tests.store.trees import make_tree, snapshot

NAME = CertificateName("example.org")
_NOBODY = 65534


@pytest.fixture
def config() -> Iterator[Path]:
    """A sound tree of one's own, in a place that everybody reaches."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    make_tree(folder / "le", "example.org", [mint("example.org")])
    make_tree(folder / "le", "other.example", [mint("other.example")])
    yield folder / "le"
    shutil.rmtree(folder)


@pytest.fixture
def store(config: Path) -> CertbotStore:
    return CertbotStore(str(config), clock=StillClock())


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may do everything, so give the power away for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_place_that_cannot_be_written(store: CertbotStore, config: Path) -> None:
    config.chmod(0o555)
    with somebody_else():
        for attempt in (store.run_lock, lambda: store.lock(NAME, wait=0)):
            with pytest.raises(StoreUnusable) as caught:
                attempt()
            assert "permission denied" in caught.value.message
            assert str(config) in caught.value.message
            assert "--config-dir" in caught.value.remedy
    config.chmod(0o755)


def test_a_place_that_cannot_be_read(store: CertbotStore, config: Path) -> None:
    (config / "renewal").chmod(0o000)
    with somebody_else(), pytest.raises(StoreUnusable) as caught:
        store.load_all()
    assert caught.value.message == f"cannot read the directory {config}/renewal: permission denied"


def test_one_renewal_file_that_cannot_be_read_hides_no_other(store: CertbotStore, config: Path) -> None:
    for root in ("archive", "live"):
        (config / root).chmod(0o755)
    store.load_all()  # loads what another user could perhaps not load
    (config / "renewal" / "example.org.conf").chmod(0o000)
    with somebody_else():
        damaged, sound = store.load_all()
    assert isinstance(damaged, Damaged)
    assert "permission denied" in damaged.error.message
    assert isinstance(sound, Lineage)


def test_an_archive_that_cannot_be_written(store: CertbotStore, config: Path) -> None:
    archive = config / "archive" / "example.org"
    if os.geteuid() == 0:
        for path in (config, *config.rglob("*")):
            if path != archive:
                os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    else:
        archive.chmod(0o555)
    before = snapshot(archive), snapshot(config / "live")
    with somebody_else(), pytest.raises(OperatorError) as caught:
        store.commit(NAME, mint("example.org").version(), parameters={}, sections={}, new=False)
    assert str(archive) in caught.value.message
    archive.chmod(0o755)
    (config / "live" / "README").unlink(missing_ok=True)
    assert (snapshot(archive), snapshot(config / "live")) == before
    assert store.open_journals() == ()


@pytest.mark.parametrize("place", ["archive/example.org", "live", "renewal"])
def test_no_room_for_a_new_version_is_told_beforehand(store: CertbotStore, config: Path, place: str) -> None:
    if os.geteuid() == 0:
        for path in (config, *config.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    store.recover(NAME)
    (config / place).chmod(0o555)
    with somebody_else(), pytest.raises(StoreUnusable) as caught:
        store.recover(NAME)
    assert caught.value.message == f"cannot write {config / place}: permission denied"
    (config / place).chmod(0o755)


def test_the_state_remembers_directories_as_the_port_says(config: Path) -> None:
    memory: CaMemory = State(str(config / ".everseal"))
    now = StillClock().now()
    memory.remember_directory("https://ca.test", {"newOrder": "x"}, now=now)
    assert memory.remembered_directory("https://ca.test", now=now) == {"newOrder": "x"}
