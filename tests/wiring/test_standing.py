"""How certificates stand is told the same with an index in whatever state as without any."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from everseal.planning.standing import Survey
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from everseal.wiring.standing import survey
from tests.store.minting import NOW, mint
from tests.store.trees import make_tree
from tests.wiring.grove import EVENTS, EVENTS_BELOW, LINEAGES, Grove
from tests.wiring.test_listing import shown


@pytest.fixture
def grove(tmp_path: Path) -> Grove:
    return Grove(tmp_path / "config", random.Random(8))


def seen(grove: Grove, now: datetime | None = None) -> Survey:
    """As of now, looked at five seconds later: nothing is young by then."""
    store = CertbotStore(str(grove.config), clock=SystemClock())
    found = survey(store, now=now or datetime.now(UTC) + timedelta(seconds=5))
    return replace(found, made_at=NOW)


@pytest.mark.parametrize("event", [*EVENTS, *EVENTS_BELOW], ids=lambda each: each.__name__)
def test_the_survey_is_the_same_whatever_the_index_says(grove: Grove, event: Callable[[Grove], None]) -> None:
    shown(grove.config)
    assert seen(grove) == seen(grove)
    assert len(grove.remembered("standing")) > LINEAGES // 3
    event(grove)
    after, again = seen(grove), seen(grove)
    grove.index.unlink()
    assert after == again == seen(grove)


def test_what_is_as_it_was_is_not_read_again(grove: Grove) -> None:
    seen(grove)
    first, *others = kept = grove.remembered("standing")
    hollow = {name: kept[name].replace(b"http:", b"remembered:") for name in kept}
    grove.chapter("standing").write(hollow, ())
    grove.conf(first).touch()
    servers = {str(each.name): (each.server or "").partition(":")[0] for each in seen(grove).kept}
    assert {name: servers[name] for name in kept} == {first: "http", **dict.fromkeys(others, "remembered")}


def test_a_newer_version_than_the_one_in_use_is_read_each_time(grove: Grove) -> None:
    versions = [mint("a.example", issued=NOW - timedelta(days=age)) for age in (9, 5)]
    make_tree(grove.config, "behind.example", versions, live=1)
    before = (shown(grove.config), seen(grove))
    newest = grove.config / "archive/behind.example/cert2.pem"
    newest.write_bytes(newest.read_bytes()[:-40])
    after = (shown(grove.config), seen(grove))
    grove.index.unlink()
    assert before != after == (shown(grove.config), seen(grove))


def test_what_has_just_changed_is_not_trusted(grove: Grove) -> None:
    seen(grove, datetime.now(UTC))
    assert grove.remembered("standing") == {}


def test_no_folder_is_made_to_remember_in(grove: Grove) -> None:
    grove.index.parent.rename(grove.config / "elsewhere")
    assert seen(grove) == seen(grove)
    assert not grove.index.parent.exists()
