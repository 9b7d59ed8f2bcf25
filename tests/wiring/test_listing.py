from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from everseal.model.certificate import read_certificate
from everseal.model.names import CertificateName
from everseal.planning.issuing_ca import IssuingCa, issuer_note
from everseal.planning.own_section import OWN_SECTION
from everseal.reports.certificates import Listing, certificates_as_json, damage_warnings
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from everseal.wiring.listing import listing
from tests.cli.desk import Desk
from tests.store.minting import NOW, mint
from tests.wiring.grove import EVENTS, EVENTS_BELOW, LINEAGES, UNUSED, Grove

if TYPE_CHECKING:
    from everseal.reports.certificates import Blemish

REAL = "https://ca.example/directory"
STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"


@pytest.mark.parametrize(
    ("days", "server", "blemishes"),
    [
        (90, "", ("REVOKED",)),
        (90, STAGING, ("TEST_CERT", "REVOKED")),
        (-1, "", ("EXPIRED",)),
        (-1, STAGING, ("TEST_CERT", "EXPIRED")),
    ],
)
def test_what_is_revoked_and_who_is_asked(
    tmp_path: Path, days: int, server: str, blemishes: tuple[Blemish, ...]
) -> None:
    Desk(tmp_path, "https://ca.example/directory", 0).keep(
        "x.test", days=days, server=server, ocsp_url="http://x/"
    )
    asked: list[str] = []

    def is_revoked(name: CertificateName, version: int) -> bool:
        asked.append(name.value)
        return True

    config = str(tmp_path / "config")
    [found] = listing(config, now=datetime.now(UTC), name=None, identifiers=(), is_revoked=is_revoked).sound
    assert found.blemishes == blemishes
    assert asked == (["x.test"] if "REVOKED" in blemishes else [])


@pytest.mark.parametrize(
    ("first", "issued_by", "blemishes"),
    [(STAGING, REAL, ()), (REAL, STAGING, ("TEST_CERT",))],
)
def test_the_ca_that_issued_it_tells_whether_it_is_for_tests(
    tmp_path: Path, first: str, issued_by: str, blemishes: tuple[Blemish, ...]
) -> None:
    made = mint("x.test", issued=datetime.now(UTC) - timedelta(days=1))
    serial = read_certificate(made.leaf_pem).serial
    config = str(tmp_path / "config")
    store = CertbotStore(config, clock=SystemClock())
    replaced_since: tuple[Blemish, ...] = ("TEST_CERT",) if first == STAGING else ()
    for noted, expected in ((serial, blemishes), (serial + 1, replaced_since)):
        store.commit(
            CertificateName("x.test"),
            made.version(),
            parameters={"server": first},
            sections={OWN_SECTION: issuer_note(IssuingCa(issued_by), noted)},
            new=noted == serial,
        )
        [listed] = listing(
            config, now=datetime.now(UTC), name=None, identifiers=(), is_revoked=lambda _name, _version: False
        ).sound
        assert listed.blemishes == expected


@pytest.fixture
def grove(tmp_path: Path) -> Grove:
    return Grove(tmp_path / "config", random.Random(7))


def shown(config: Path, now: datetime | None = None) -> tuple[Any, list[str]]:
    """The whole listing as programs and people get it, five seconds from now: nothing is young by then."""
    moment = now or datetime.now(UTC) + timedelta(seconds=5)
    found = listing(
        str(config), now=moment, name=None, identifiers=(), is_revoked=lambda _name, _version: False
    )
    told = certificates_as_json(Listing(found.sound, found.damaged, NOW))
    return told, [*damage_warnings(found)]


@pytest.mark.parametrize("event", [*EVENTS, *EVENTS_BELOW], ids=lambda each: each.__name__)
def test_the_listing_is_the_same_whatever_the_index_says(
    grove: Grove, event: Callable[[Grove], None]
) -> None:
    assert shown(grove.config) == shown(grove.config)
    assert len(grove.remembered("listing")) > LINEAGES // 3
    event(grove)
    after, again = shown(grove.config), shown(grove.config)
    grove.index.unlink()
    assert after == again == shown(grove.config)


def test_what_is_as_it_was_is_not_read_again(grove: Grove) -> None:
    shown(grove.config)
    first, *others = kept = grove.remembered("listing")
    hollow = {name: kept[name].replace(b"CN=", b"remembered=") for name in kept}
    grove.chapter("listing").write(hollow, ())
    os.utime(grove.conf(first))
    told, _ = shown(grove.config)
    issuers = {each["name"]: each["issuer"].partition("=")[0] for each in told["certificates"]}
    assert issuers == {first: "CN", **dict.fromkeys(others, "remembered")}


def test_what_has_just_changed_is_not_trusted(grove: Grove) -> None:
    shown(grove.config, datetime.now(UTC))
    assert grove.remembered("listing") == {}


def test_a_lineage_that_is_gone_is_forgotten(grove: Grove) -> None:
    shown(grove.config)
    first, *others = grove.remembered("listing")
    grove.conf(first).unlink()
    shown(grove.config)
    assert list(grove.remembered("listing")) == others


def test_nothing_is_kept_where_nothing_can_be(grove: Grove) -> None:
    shutil.rmtree(grove.config / ".everseal")
    (grove.config / ".everseal").write_text("no directory")
    assert shown(grove.config) == shown(grove.config)


@pytest.mark.parametrize("words", [(), ("-d", "a.test"), ("--cert-name", "b.test")])
def test_nothing_heavy_is_loaded_where_all_is_as_it_was(words: Sequence[str], tmp_path: Path) -> None:
    desk = Desk(tmp_path, "https://ca.example/directory", 0)
    for name in ("a.test", "b.test"):
        desk.keep(name)
    shown(desk.config)
    command = [
        sys.executable,
        "-I",
        "-X",
        "importtime",
        "-m",
        "everseal",
        "certificates",
        *desk.words(*words),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time" in line}
    assert "everseal.wiring.listing" in loaded
    assert "Certificate Name: " in done.stdout
    heavy = UNUSED if words[:1] != ("-d",) else UNUSED - {"dataclasses", "inspect", "typing"}
    assert not loaded & heavy
    assert not {name for name in loaded if name.startswith(("everseal.engine", "everseal.acme"))}
