"""What goes wrong outside is told in one sentence with a remedy, and ``live/`` stays as it was."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from everseal.localca.faults import EditJson, Endless, Fault, Quirk, Replace, Rule, Truncate
from tests.e2e.home import Done, Home, finished, photograph
from tests.servers.built_in import BuiltIn, CaMaker
from tests.servers.ports import Ports

NAME = "one.test"
USUAL = ("Saving debug log", "Ask for help")
PLACES = ("live", "archive", "renewal", "accounts")


def is_told(done: Done, *words: str) -> None:
    """One sentence with these words in it and a remedy on standard error, and a status that says so."""
    assert done.status == 1, done.err
    told = [line for line in done.err.splitlines() if line and not line.startswith(USUAL)]
    sentences = [line for line in told if not line.startswith("To mend it: ")]
    remedies = [line.removeprefix("To mend it: ") for line in told if line.startswith("To mend it: ")]
    assert len(sentences) == len(remedies) == 1, done.err
    assert all(word in sentences[0] for word in words), sentences[0]
    assert sentences[0].endswith("."), sentences[0]
    assert len(remedies[0]) > 15


class Kept:
    """A lineage that is there already, and how it stood when the test began."""

    def __init__(self, home: Home, ca: BuiltIn) -> None:
        self.home = home
        self.ca = ca
        self._before = self._photograph()
        self._versions = home.versions(NAME)

    def try_again(self, *words: str) -> Done:
        """Renew it by ``certonly``; the options given last are those that count."""
        return self.home.run("certonly", "--force-renewal", "--standalone", "-d", NAME, *words)

    def forget_directory(self) -> None:
        for path in self.home.config.glob(".everseal/directories/*"):
            path.unlink()

    def is_untouched(self) -> None:
        assert self._photograph() == self._before

    def renews(self) -> None:
        """The next run is held up by nothing, and does its work."""
        self.ca.server.faults.clear()
        self.home.succeed("renew", "--force-renewal")
        assert self.home.version(NAME) == self._versions[-1] + 1
        assert self.home.versions(NAME)[-1] == self._versions[-1] + 1
        assert self.home.journals() == []

    def _photograph(self) -> dict[str, dict[str, tuple[int, bytes]]]:
        return {place: photograph(self.home.config / place) for place in PLACES}


@pytest.fixture(scope="module")
def household(
    authority: Path, tmp_path_factory: pytest.TempPathFactory, ports: Ports
) -> Iterator[tuple[Home, BuiltIn]]:
    """Shared by the tests of this file, since none of them may leave anything behind but a new version."""
    folder = tmp_path_factory.mktemp("household")
    maker = CaMaker(authority, folder, ports, [])
    ca = maker()
    home = Home(folder / "home", ca)
    home.obtain(NAME)
    yield home, ca
    maker.stop()


@pytest.fixture
def kept(household: tuple[Home, BuiltIn]) -> Iterator[Kept]:
    home, ca = household
    yield Kept(home, ca)
    ca.server.faults.clear()


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Where the CA goes wrong, how, and what is said of it."""

    place: str
    fault: Fault
    told: tuple[str, ...]


def without_new_order(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != "newOrder"}


def over_http(members: dict[str, Any]) -> dict[str, Any]:
    loads: dict[str, Any] = json.loads(json.dumps(members).replace("https://", "http://"))
    return loads


SPOILT = {
    "token-with-slash": Spoilt("newOrder", Quirk("token-with-slash"), ("token",)),
    "truncated-certificate": Spoilt("certificate", Truncate(keep=200), ("127.0.0.1",)),
    "expired": Spoilt("issue", Quirk("leaf-expired"), ("is not used", "expired")),
    "foreign-key": Spoilt("issue", Quirk("leaf-wrong-key"), ("is not used", "key")),
    "foreign-names": Spoilt(
        "issue", Quirk("leaf-wrong-names"), ("is not used", "one.test", "somebody-else.test")
    ),
    "no-chain": Spoilt("certificate", Quirk("chain-missing"), ("is not used",)),
    "garbage-chain": Spoilt("certificate", Quirk("chain-garbage"), ("certificate cannot be used",)),
    "endless": Spoilt("newOrder", Endless(), ("127.0.0.1", "larger")),
    "no-json": Spoilt("newOrder", Replace(b"<html>"), ("order",)),
}
SPOILT_DIRECTORIES = {
    "incomplete": Spoilt("directory", EditJson(without_new_order), ("directory",)),
    "http-urls": Spoilt("directory", EditJson(over_http), ("http://",)),
    "other-json": Spoilt("directory", Replace(b"[]"), ("directory",)),
    "a-page": Spoilt("directory", Replace(b"<html>welcome</html>"), ("directory",)),
    "endless": Spoilt("directory", Endless(), ("127.0.0.1", "larger")),
}


@pytest.mark.parametrize("case", SPOILT)
def test_an_answer_that_is_no_good(kept: Kept, case: str) -> None:
    spoilt = SPOILT[case]
    kept.ca.server.faults.add(Rule(spoilt.place, spoilt.fault, times=None))
    is_told(kept.try_again(), *spoilt.told)
    kept.is_untouched()
    kept.renews()


@pytest.mark.parametrize("case", SPOILT_DIRECTORIES)
def test_a_directory_that_is_none(kept: Kept, case: str) -> None:
    spoilt = SPOILT_DIRECTORIES[case]
    kept.forget_directory()
    kept.ca.server.faults.add(Rule(spoilt.place, spoilt.fault, times=None))
    is_told(kept.try_again(), *spoilt.told)
    kept.is_untouched()
    kept.renews()


def test_a_ca_that_is_down(home: Home, ca: BuiltIn) -> None:
    home.obtain(NAME)
    kept = Kept(home, ca)
    kept.forget_directory()
    ca.server.stop()
    is_told(kept.try_again(), "127.0.0.1", "refused")
    kept.is_untouched()


def test_a_host_that_nobody_knows(kept: Kept, tmp_path: Path) -> None:
    nowhere = tmp_path / "resolv.conf"
    nowhere.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    words = kept.home.words("register", "--agree-tos", "--server=https://no-such-host.invalid/dir")
    is_told(finished(alone_with(nowhere, words)), "no-such-host.invalid")
    kept.is_untouched()
    kept.renews()


def test_a_certificate_nobody_trusts(kept: Kept) -> None:
    is_told(kept.try_again("--ca-bundle", "/etc/ssl/certs/ca-certificates.crt"), "127.0.0.1", "trust")
    kept.is_untouched()
    kept.renews()


def test_an_http_server(kept: Kept) -> None:
    is_told(kept.try_again(f"--server=http://127.0.0.1:{kept.ca.server.port}/directory"), "http://")
    kept.is_untouched()
    kept.renews()


def test_a_port_that_is_taken(kept: Kept) -> None:
    with socket.create_server(("127.0.0.1", kept.ca.http_port)):
        is_told(kept.try_again(), f"port {kept.ca.http_port}", "in use", f"{os.getpid()}")
    kept.is_untouched()
    kept.renews()


def test_a_webroot_that_is_missing(kept: Kept, tmp_path: Path) -> None:
    words = ("certonly", "--force-renewal", "--webroot", "-w", str(tmp_path / "no/where"), "-d", NAME)
    is_told(kept.home.run(*words), str(tmp_path / "no/where"))
    kept.is_untouched()
    kept.renews()


def test_a_proof_that_nobody_gives(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    words = ("certonly", "--force-renewal", "--webroot", "-w", str(tmp_path / "www"), "-d", NAME)
    done = kept.home.run(*words)
    assert done.status == 1
    told = done.out + done.err
    assert all(word in told for word in (NAME, "connection", "Connection refused"))
    assert "To mend it: " in done.err
    assert kept.home.journals() == []  # nobody can carry on an order that failed
    assert "nothing to do" in kept.home.succeed("plan")
    kept.is_untouched()
    kept.renews()


def test_an_account_that_only_customers_get(make_ca: CaMaker, tmp_path: Path) -> None:
    ca = make_ca(external_account_required=True, external_keys={"customer": b"0" * 32})
    home = Home(tmp_path / "home", ca)
    words = ("certonly", "--standalone", "--agree-tos", "--register-unsafely-without-email", "-d", NAME)
    is_told(home.run(*words), "external account binding")
    assert not home.live(NAME).exists()
    home.succeed(
        *words, "--eab-kid", "customer", "--eab-hmac-key", "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA"
    )
    assert home.versions(NAME) == [1]


def test_terms_that_nobody_agreed_to(home: Home) -> None:
    words = ("certonly", "--standalone", "--register-unsafely-without-email", "-d", NAME)
    done = home.run(*words)
    assert done.status == 1
    assert "agree" in done.err
    assert "To mend it: " in done.err
    assert home.accounts() == []
    home.succeed(*words, "--agree-tos")
    assert home.versions(NAME) == [1]


@pytest.mark.parametrize("place", ["live", "renewal", "archive/one.test"])
def test_no_right_to_write(kept: Kept, place: str) -> None:
    made = len(kept.ca.server.ledger.certificates())
    folder = kept.home.config / place
    before = folder.stat().st_mode
    folder.chmod(0o500)
    words = kept.home.words("certonly", "--force-renewal", "--standalone", "-d", NAME)
    try:
        is_told(finished(mortal(words)), f"cannot write {folder}: permission denied")
    finally:
        folder.chmod(before)
    assert len(kept.ca.server.ledger.certificates()) == made  # none was made for nothing
    kept.is_untouched()
    kept.renews()


def test_a_file_where_a_directory_has_to_be(home: Home) -> None:
    home.folder.mkdir()
    home.config.write_text("")
    words = ("certonly", "--standalone", "--agree-tos", "--register-unsafely-without-email", "-d", NAME)
    is_told(home.run(*words), str(home.config))


def mortal(words: list[str]) -> list[str]:
    """The command without root's power over modes."""
    if os.geteuid() != 0:
        return words
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *words]


def alone_with(resolver: Path, words: list[str]) -> list[str]:
    """The command with this ``resolv.conf`` in the place of the system's."""
    script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(resolver), *words]
