from __future__ import annotations

import pytest

from everseal.model.certificate import read_certificate
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk
from tests.store.minting import mint


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Version 1 with another name, version 2 expired, version 3 live."""
    desk.keep("x.test", "x.test", "old.test")
    desk.keep("x.test", new=False, days=-3)
    desk.keep("x.test", new=False)
    return desk


def test_a_row_for_each_version_the_newest_first(kept: Desk) -> None:
    shown = kept.succeed("versions", "x.test").out.splitlines()
    assert shown[0] == "x.test: 3 versions, version 3 is live"
    assert [line.split()[0] for line in shown[2:7]] == ["Version", "3", "2", "1", "for"]
    assert shown[3].startswith("  3 live   20")
    assert shown[3].endswith("  sound")
    assert "not sound: the certificate expired on" in shown[4]


def test_names_are_shown_where_they_differ(kept: Desk) -> None:
    shown = kept.succeed("versions", "x.test").out
    assert shown.count("    for ") == 1
    assert shown.endswith("    for old.test, x.test\n")


def test_as_json(kept: Desk) -> None:
    shown = kept.succeed("versions", "--json", "x.test").json
    assert (shown["schema"], shown["schema_version"]) == ("everseal.versions", 1)
    assert (shown["name"], shown["live"], shown["pinned"]) == ("x.test", 3, None)
    assert [(each["version"], each["live"], each["sound"]) for each in shown["versions"]] == [
        (1, False, True),
        (2, False, False),
        (3, True, True),
    ]
    facts = read_certificate((kept.config / "live/x.test/cert.pem").read_bytes())
    assert shown["versions"][2]["serial"] == f"{facts.serial:x}"
    assert shown["versions"][0]["identifiers"] == ["old.test", "x.test"]


def test_damage_is_told_and_hides_nothing(kept: Desk) -> None:
    archive = kept.config / "archive" / "x.test"
    (archive / "privkey1.pem").unlink()
    (archive / "privkey3.pem").write_bytes(mint("x.test").key_pem)
    (archive / "cert2.pem").write_bytes(b"nothing")
    (kept.config / "live/x.test/chain.pem").unlink()
    shown = kept.succeed("versions", "x.test").out
    assert "3 versions, and the live links do not name one of them" in shown
    assert "not sound: privkey1.pem is missing" in shown
    assert "not sound: the certificate is for another key than the private key beside it" in shown


def test_a_version_whose_files_do_not_fit_together(kept: Desk) -> None:
    (kept.config / "archive/x.test/cert3.pem").write_bytes(mint("x.test").leaf_pem)
    found = kept.succeed("versions", "--json", "x.test").json["versions"][2]
    assert found["flaws"] == ["its fullchain.pem does not hold what cert.pem and chain.pem hold"]


def test_a_live_version_that_is_not_the_latest(kept: Desk) -> None:
    CertbotStore(str(kept.config), clock=SystemClock()).relink(CertificateName("x.test"), 1)
    assert "x.test: 3 versions, version 1 is live\n" in kept.succeed("versions", "x.test").out


@pytest.mark.parametrize("words", [(), ("a", "b"), ("a", "--cert-name", "b")])
def test_one_name_is_wanted(desk: Desk, words: tuple[str, ...]) -> None:
    done = desk.run("versions", *words)
    assert done.status == 2
    assert "versions takes the name of one certificate" in done.err


def test_a_name_that_is_not_there(desk: Desk) -> None:
    done = desk.run("versions", "x.test")
    assert done.status == 1
    assert "No certificate with name x.test found" in done.err
