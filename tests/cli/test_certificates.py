from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from everseal.model.names import CertificateName
from everseal.reports.frames import RULE
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk
from tests.store.minting import mint


def test_nothing_is_kept(desk: Desk) -> None:
    done = desk.run("certificates")
    assert (done.status, done.out, done.complaints) == (0, f"\n{RULE}\nNo certificates found.\n{RULE}\n", "")


def test_each_lineage_in_the_order_of_the_files(desk: Desk) -> None:
    for name in ("x.test", "x.test-0001", "a.test"):
        desk.keep(name)
    shown = desk.succeed("certificates").out
    names = [line.split(": ")[1] for line in shown.splitlines() if "Certificate Name" in line]
    assert names == ["a.test", "x.test-0001", "x.test"]
    assert shown.count("(VALID: 88 days)") == 3
    assert f"    Certificate Path: {desk.config}/live/x.test/fullchain.pem\n" in shown
    assert f"    Private Key Path: {desk.config}/live/x.test/privkey.pem\n" in shown


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--cert-name", "b"), ["b"]),
        (("-d", "two.test"), ["a", "b"]),
        (("-d", "two.test,three.test"), ["b"]),
        (("--cert-name", "a", "-d", "three.test"), []),
        (("--ip-address", "127.0.0.1"), []),
        (("--cert-name", "none"), []),
    ],
)
def test_filters(desk: Desk, words: tuple[str, ...], found: list[str]) -> None:
    desk.keep("a", "one.test", "two.test")
    desk.keep("b", "two.test", "three.test")
    shown = desk.succeed("certificates", *words).out
    assert "Found the following matching certs:\n" in shown
    assert [line.split(": ")[1] for line in shown.splitlines() if "Certificate Name" in line] == found


def test_expired_and_from_a_test_server(desk: Desk) -> None:
    desk.keep("old.test", days=-3)
    desk.keep("trial.test", server="https://acme-staging-v02.api.letsencrypt.org/directory")
    shown = desk.succeed("certificates").out
    assert "(INVALID: EXPIRED)" in shown
    assert "(INVALID: TEST_CERT)" in shown


def test_the_live_version_is_shown(desk: Desk) -> None:
    first = desk.keep("x.test")
    desk.keep("x.test", new=False, days=50)
    CertbotStore(str(desk.config), clock=SystemClock()).relink(CertificateName("x.test"), 1)
    assert first.leaf_pem == (desk.config / "live/x.test/cert.pem").read_bytes()
    assert "(VALID: 88 days)" in desk.succeed("certificates").out


def other_key(folder: Path) -> None:
    (folder / "privkey1.pem").write_bytes(mint("x.test").key_pem)


def other_certificate(folder: Path) -> None:
    (folder / "cert1.pem").write_bytes(mint("x.test").leaf_pem)


def other_issuer(folder: Path) -> None:
    stranger = mint("stranger.test").leaf_pem
    (folder / "chain1.pem").write_bytes(stranger)
    (folder / "fullchain1.pem").write_bytes((folder / "cert1.pem").read_bytes() + stranger)


def no_chain(folder: Path) -> None:
    (folder / "chain1.pem").write_bytes(b"")


def no_file(folder: Path) -> None:
    (folder / "chain1.pem").unlink()


@pytest.mark.parametrize("harm", [other_key, other_certificate, other_issuer, no_chain, no_file])
def test_what_does_not_fit_together_is_invalid(desk: Desk, harm: Callable[[Path], None]) -> None:
    desk.keep("sound.test")
    desk.keep("x.test")
    harm(desk.config / "archive" / "x.test")
    done = desk.succeed("certificates", "--cert-name", "sound.test")
    assert "Certificate Name: sound.test" in done.out
    assert "Certificate Name: x.test" not in done.out
    conf = desk.config / "renewal" / "x.test.conf"
    assert done.out.endswith(f"\n\nThe following renewal configurations were invalid:\n  {conf}\n{RULE}\n")
    assert f"Renewal configuration file {conf} produced an unexpected error: " in done.err
    assert "To mend it: " in done.err


def test_a_longer_chain_and_other_line_ends_are_no_flaw(desk: Desk) -> None:
    made = desk.keep("x.test")
    folder = desk.config / "archive" / "x.test"
    chain = made.chain_pem + mint("unrelated.test").leaf_pem
    (folder / "chain1.pem").write_bytes(chain)
    (folder / "fullchain1.pem").write_bytes((made.leaf_pem + chain).replace(b"\n", b"\r\n"))
    assert "Certificate Name: x.test" in desk.succeed("certificates").out


def test_as_json(desk: Desk) -> None:
    desk.keep("x.test")
    desk.keep("y.test")
    (desk.config / "renewal" / "y.test.conf").write_text("[[[")
    told = desk.succeed("certificates", "--json").json
    assert (told["schema"], told["schema_version"]) == ("everseal.certificates", 1)
    assert [each["name"] for each in told["certificates"]] == ["x.test"]
    assert [each["name"] for each in told["invalid"]] == ["y.test"]


def test_quiet_says_nothing(desk: Desk) -> None:
    desk.keep("x.test")
    done = desk.run("certificates", "-q")
    assert (done.status, done.out, done.err) == (0, "", "")
