"""What rests by a roll call, with an index in whatever state, is decided about as without any."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from everseal.store.certbot_dir.store import CertbotStore
from everseal.wiring.rollcall import call_roll
from tests.store.minting import NOW, StillClock, mint
from tests.store.trees import make_tree
from tests.wiring.grove import (
    EVENTS,
    EVENTS_IN_THE_INDEX,
    LINEAGES,
    UNUSED,
    YOUNG_SECONDS,
    Grove,
)

SEEDS = range(4)


def same(grove: Grove, *, now: datetime = NOW) -> None:
    assert grove.decided(with_roll=True, now=now) == grove.decided(with_roll=False, now=now)


@pytest.fixture(scope="module")
def groves(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Grove]:
    """Old enough to be remembered, and remembered."""
    folder = tmp_path_factory.mktemp("groves")
    planted = [Grove(folder / f"c{seed}", random.Random(seed)) for seed in SEEDS]
    time.sleep(YOUNG_SECONDS)
    assert sum(grove.learn(NOW) for grove in planted) > LINEAGES * len(SEEDS) // 5
    return planted


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_are_the_same_whatever_the_index_says(groves: Sequence[Grove], seed: int) -> None:
    grove = groves[seed]
    same(grove)
    for event in EVENTS[seed :: len(SEEDS)]:
        if not grove.index.exists():
            grove.learn(NOW)
        if grove.index.exists() or event not in EVENTS_IN_THE_INDEX:
            event(grove)
        same(grove)
        if not grove.answers.exists():
            grove.hear()
        grove.learn(NOW)
        same(grove)
    for hours in (-30, 7, 30 * 24):
        same(grove, now=NOW + timedelta(hours=hours))


def test_what_is_remembered_is_not_read_again(groves: Sequence[Grove], tmp_path: Path) -> None:
    grove = Grove(tmp_path / "config", random.Random(99))
    time.sleep(YOUNG_SECONDS)
    resting = grove.learn(NOW)
    assert read_rows(grove) == resting > 0
    shutil.rmtree(grove.config / "archive")
    assert grove.learn(NOW) == resting
    # A day later the files of a slice are looked at, and what is amiss with them is seen.
    assert grove.learn(NOW + timedelta(days=1, seconds=1)) < resting


def test_what_is_young_is_read_again(tmp_path: Path) -> None:
    grove = Grove(tmp_path / "config", random.Random(3))
    assert grove.learn(NOW) > 0
    assert not grove.index.exists() or read_rows(grove) == 0


def test_a_directory_that_cannot_be_written_is_roll_called_all_the_same(tmp_path: Path) -> None:
    grove = Grove(tmp_path / "config", random.Random(4))
    time.sleep(YOUNG_SECONDS)
    grove.learn(NOW)
    with closing(sqlite3.connect(grove.index)) as locked:
        locked.execute("BEGIN EXCLUSIVE")
        same(grove)
        grove.learn(NOW + timedelta(days=2))
    same(grove)
    grove.index.unlink()
    grove.index.mkdir()
    same(grove)
    grove.learn(NOW)


def test_a_journal_wakes_its_lineage(tmp_path: Path) -> None:
    grove = Grove(tmp_path / "config", random.Random(5))
    with CertbotStore(str(grove.config), clock=StillClock()).run_lock():
        name = next(iter(call_roll(str(grove.config), now=NOW, keeps=True).resting))
    pending = grove.config / ".everseal" / "pending"
    pending.mkdir()
    (pending / f"{name}.json").write_text("{}")
    assert name not in call_roll(str(grove.config), now=NOW, keeps=False).resting


def test_a_renewal_file_half_written_wakes_its_lineage(tmp_path: Path) -> None:
    grove = Grove(tmp_path / "le", random.Random(11))
    name = next(iter(call_roll(str(grove.config), now=NOW, keeps=True).resting))
    (grove.config / "renewal" / f".{name}.conf.{'0' * 16}.tmp").touch()
    assert name not in call_roll(str(grove.config), now=NOW, keeps=False).resting


def read_rows(grove: Grove) -> int:
    with closing(sqlite3.connect(grove.index)) as connection:
        [(kept,)] = connection.execute("SELECT count(*) FROM renewals_1")
    return int(kept)


@pytest.mark.parametrize("words", [["renew"], ["renew", "--quiet", "--deploy-hook", "true"]])
def test_nothing_heavy_is_loaded_where_nothing_is_due(words: list[str], tmp_path: Path) -> None:
    import sys

    config = tmp_path / "config"
    make_tree(config, "a.example", [mint("a.example", issued=datetime.now(NOW.tzinfo) - timedelta(days=1))])
    places = [f"--{kind}-dir={tmp_path / kind}" for kind in ("config", "work", "logs")]
    command = [sys.executable, "-I", "-X", "importtime", "-m", "everseal", *words, *places]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time" in line}
    assert "everseal.wiring.rollcall" in loaded
    assert not loaded & UNUSED
    assert not {name for name in loaded if name.startswith(("everseal.engine", "everseal.acme"))}
    assert done.stdout == "" or "No renewals were attempted." in done.stdout
