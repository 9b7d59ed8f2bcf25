"""The whole life of a certificate by the installed command, with every way to prove control."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.e2e.home import KINDS, Home
from tests.servers.built_in import BuiltIn
from tests.servers.pebble import Pebble
from tests.servers.webroot import serving

TLS_ALPN = ("--standalone", "--standalone-challenge", "tls-alpn-01")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def renewed(home: Home, name: str) -> None:
    """With only what its renewal file says it is renewed, and a new key comes with it."""
    before = home.certificate(name)
    out = home.succeed("renew", "--force-renewal")
    assert "Congratulations, all renewals succeeded" in out
    assert home.version(name) == 2
    assert home.versions(name) == [1, 2]
    assert home.certificate(name).serial_number != before.serial_number
    assert home.certificate(name).public_key() != before.public_key()
    assert len(home.accounts()) == 1
    assert home.journals() == []


def test_from_the_first_certificate_to_the_last_file(home: Home, ca: BuiltIn) -> None:
    out = home.obtain("one.test", "www.one.test")
    live = home.live("one.test")
    assert f"Certificate is saved at: {live}/fullchain.pem" in out
    assert home.names("one.test") == ["one.test", "www.one.test"]
    assert home.versions("one.test") == [1]
    assert {os.readlink(live / f"{kind}.pem") for kind in KINDS} == {
        f"../../archive/one.test/{kind}1.pem" for kind in KINDS
    }
    assert (live / "README").is_file()
    archive = home.config / "archive" / "one.test"
    assert [mode(archive / f"{kind}1.pem") for kind in KINDS] == [0o644, 0o644, 0o644, 0o600]
    assert [mode(home.config / each) for each in ("live", "archive", "accounts")] == [0o700] * 3
    assert mode(home.config / "renewal" / "one.test.conf") == 0o644

    listing = home.succeed("certificates")
    assert "Certificate Name: one.test" in listing
    assert "Identifiers: one.test www.one.test" in listing
    assert "nothing to do, 1 left as it is" in home.succeed("plan")
    assert "not due for renewal yet" in home.succeed("renew")
    assert home.version("one.test") == 1

    renewed(home, "one.test")
    out = home.succeed(
        "revoke", "--cert-name", "one.test", "--reason", "superseded", "--no-delete-after-revoke"
    )
    assert "successfully revoked" in out
    assert [each.revoked is not None for each in ca.server.ledger.certificates()] == [False, True]
    home.succeed("delete", "--cert-name", "one.test")
    for place in ("live/one.test", "archive/one.test", "renewal/one.test.conf"):
        assert not (home.config / place).exists()
    assert "No certificates found" in home.succeed("certificates")


def test_tls_alpn(home: Home) -> None:
    home.obtain("one.test", "two.test", solving=TLS_ALPN)
    renewed(home, "one.test")


def test_preferring_tls_alpn_is_enough_to_get_it(home: Home) -> None:
    home.obtain("one.test", solving=("--standalone", "--preferred-challenges", "tls-alpn-01"))
    assert home.version("one.test") == 1


def test_webroot(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    root = tmp_path / "www"
    with serving(root, ca.http_port):
        home.obtain("one.test", "two.test", solving=("--webroot", "-w", str(root)))
        renewed(home, "one.test")
    assert list(root.iterdir()) == []


def test_manual_hooks_for_http(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    root = tmp_path / "www"
    folder = root / ".well-known" / "acme-challenge"
    hooks = (
        *("--manual", "--manual-auth-hook"),
        f'mkdir -p "{folder}" && printf %s "$CERTBOT_VALIDATION" > "{folder}/$CERTBOT_TOKEN"',
        *("--manual-cleanup-hook", f'rm "{folder}/$CERTBOT_TOKEN"'),
    )
    with serving(root, ca.http_port):
        home.obtain("one.test", solving=hooks)
        renewed(home, "one.test")
    assert list(folder.iterdir()) == []


def test_manual_hooks_for_dns_and_a_wildcard(home: Home, ca: BuiltIn) -> None:
    home.obtain("one.test", "*.one.test", solving=ca.records.hooks)
    assert home.names("one.test") == ["one.test", "*.one.test"]
    renewed(home, "one.test")
    assert list(ca.records.folder.iterdir()) == []


def test_an_address(home: Home) -> None:
    home.succeed(
        *("certonly", "--standalone", "--agree-tos", "--register-unsafely-without-email"),
        *("--ip-address", "127.0.0.1", "-d", "one.test"),
    )
    assert home.names("one.test") == ["one.test", "127.0.0.1"]
    renewed(home, "one.test")


def test_each_pebble(pebble: Pebble, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", pebble)
    home.obtain("life.example", "www.life.example")
    renewed(home, "life.example")
    serial = home.certificate("life.example").serial_number
    home.succeed("revoke", "--cert-name", "life.example", "--reason", "keycompromise")
    assert pebble.status_of(serial)["Status"] == "Revoked"
    assert not home.live("life.example").exists()


@pytest.mark.parametrize("solving", ["tls-alpn", "webroot", "dns"])
def test_each_pebble_by_other_proofs(pebble: Pebble, tmp_path: Path, solving: str) -> None:
    home = Home(tmp_path / "home", pebble)
    root = tmp_path / "www"
    match solving:
        case "tls-alpn":
            home.obtain("alpn.example", solving=TLS_ALPN)
        case "webroot":
            with serving(root, pebble.http_port):
                home.obtain("root.example", solving=("--webroot", "-w", str(root)))
        case _:
            home.obtain("dns.example", "*.dns.example", solving=dns_hooks(pebble))
    assert len(list((home.config / "live").glob("*/cert.pem"))) == 1


def dns_hooks(pebble: Pebble) -> list[str]:
    """The options that let ``--manual`` set and remove records in the DNS that pebble asks."""
    content = r'"{\"host\":\"_acme-challenge.$CERTBOT_DOMAIN.\",\"value\":\"$CERTBOT_VALIDATION\"}"'
    curl = f"curl -sSf -d {content} {pebble.dns.management_url}"
    return [
        *("--manual", "--preferred-challenges", "dns-01"),
        *("--manual-auth-hook", f"{curl}/set-txt", "--manual-cleanup-hook", f"{curl}/clear-txt"),
    ]
