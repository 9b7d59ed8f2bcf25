"""Killed in the middle: the next run carries on, and nothing is issued twice."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from everseal.localca.faults import Pause, Refuse, Reset, Rule
from everseal.model.keys import EcdsaKind
from everseal.model.names import DnsName
from everseal.model.private_key import PrivateKey
from tests.e2e.home import Home
from tests.servers.built_in import BuiltIn

NAME = "one.test"
OBTAIN = ("--standalone", "--agree-tos", "--register-unsafely-without-email", "-d", NAME)
PATIENCE_SECONDS = 20
# The CA looks so late that a second run is there before it, on a busy machine too.
LONG_PAUSE_SECONDS = 5.0


def killed_when(home: Home, moment: Callable[[], bool], words: Sequence[str] = OBTAIN) -> None:
    """``certonly``, killed without warning as soon as ``moment`` has come."""
    with subprocess.Popen(
        home.words("certonly", *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        end = time.monotonic() + PATIENCE_SECONDS
        while not moment():
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)


def certificates(ca: BuiltIn) -> int:
    return len(ca.server.ledger.certificates())


def test_killed_after_finalize_the_same_certificate_is_fetched(home: Home, ca: BuiltIn) -> None:
    ca.server.faults.add(Rule("certificate", Pause(1.0)))
    killed_when(home, lambda: certificates(ca) == 1)
    assert not home.live(NAME).exists()
    (journal,) = (home.config / ".everseal" / "pending").iterdir()
    assert journal.stat().st_mode & 0o777 == 0o600
    pending = json.loads(journal.read_text())
    ca.server.faults.clear()

    out = home.succeed("certonly", *OBTAIN)
    assert "Carrying on the order" in out
    assert certificates(ca) == 1
    assert home.versions(NAME) == [1]
    assert (home.live(NAME) / "privkey.pem").read_text() in json.dumps(pending).encode().decode(
        "unicode_escape"
    )
    assert home.journals() == []
    assert len(home.accounts()) == 1


def looks(ca: BuiltIn) -> int:
    """How often the CA was asked to look."""
    return sum(each.resource == "challenge" for each in ca.server.transcript())


def test_killed_while_the_ca_looks_the_same_order_is_carried_on(home: Home, ca: BuiltIn) -> None:
    ca.server.faults.add(Rule("validation", Pause(LONG_PAUSE_SECONDS)))
    killed_when(home, lambda: looks(ca) == 1)
    ca.server.faults.clear()
    home.succeed("certonly", *OBTAIN)
    assert certificates(ca) == 1
    assert home.versions(NAME) == [1]
    assert home.journals() == []


FIRST = ("--agree-tos", "--register-unsafely-without-email", "-d", NAME)


def killed_while_the_ca_looks(home: Home, ca: BuiltIn, *solving: str, pause: float = 1.0) -> None:
    ca.server.faults.add(Rule("validation", Pause(pause)))
    before = looks(ca)
    killed_when(home, lambda: looks(ca) > before, (*FIRST, *solving))
    ca.server.faults.clear()


def test_files_of_a_first_order_that_nobody_repeats_are_removed(
    home: Home, ca: BuiltIn, tmp_path: Path
) -> None:
    """By any run that writes, whatever it is about."""
    webroot, other = tmp_path / "www", tmp_path / "other"
    webroot.mkdir()
    other.mkdir()
    killed_while_the_ca_looks(home, ca, "--webroot", "-w", str(webroot))
    challenges = webroot / ".well-known" / "acme-challenge"
    assert len(list(challenges.iterdir())) == 1
    assert home.run("certificates").status == 0
    assert len(list(challenges.iterdir())) == 1
    out = home.succeed("renew", "--webroot", "-w", str(other))
    assert "what an interrupted order had put in place for the CA is removed" in out
    assert list(challenges.iterdir()) == []
    assert "interrupted" not in home.succeed("renew")
    assert len(home.journals()) == 1
    home.succeed("certonly", *OBTAIN)
    assert home.journals() == []


def test_records_of_a_first_order_that_nobody_repeats_are_removed(home: Home, ca: BuiltIn) -> None:
    killed_while_the_ca_looks(home, ca, *ca.records.hooks)
    assert len(list(ca.records.folder.iterdir())) == 1
    home.succeed("renew")
    assert list(ca.records.folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["rehearsal", "signing request"])
@pytest.mark.parametrize("proof", ["files", "records"])
def test_what_an_order_that_nobody_carries_on_left_is_removed(
    home: Home, ca: BuiltIn, tmp_path: Path, kind: str, proof: str
) -> None:
    """By any run that writes, and by another of its kind before it puts anything in place."""
    webroot = tmp_path / "www"
    webroot.mkdir()
    files = ("--webroot", "-w", str(webroot))
    solving, place = {
        "files": (files, webroot / ".well-known" / "acme-challenge"),
        "records": (ca.records.hooks, ca.records.folder),
    }[proof]
    what = ("--dry-run",) if kind == "rehearsal" else ("--csr", str(signing_request(tmp_path)))
    for _ in range(2):
        killed_while_the_ca_looks(home, ca, *solving, *what)
        assert sum(len(path.read_text().split()) for path in place.iterdir()) == 1
        assert home.journals() == [f"presented/{NAME}.json"]
    assert "had put in place is removed" in home.succeed("renew")
    assert list(place.iterdir()) == []
    assert home.journals() == []
    assert "removed" not in home.succeed("renew")


def test_an_order_carried_on_in_another_way_is_cleared_in_that_way(
    home: Home, ca: BuiltIn, tmp_path: Path
) -> None:
    """Killed twice: with records first, then with files."""
    webroot = tmp_path / "www"
    webroot.mkdir()
    killed_while_the_ca_looks(home, ca, *ca.records.hooks, pause=LONG_PAUSE_SECONDS)
    killed_while_the_ca_looks(home, ca, "--webroot", "-w", str(webroot))
    challenges = webroot / ".well-known" / "acme-challenge"
    assert len(list(challenges.iterdir())) == 1
    assert list(ca.records.folder.iterdir()) == []
    home.succeed("renew")
    assert list(challenges.iterdir()) == []


@pytest.mark.parametrize("kind", ["pending", "presented"])
def test_what_cannot_be_taken_away_any_more_stops_no_certificate(home: Home, ca: BuiltIn, kind: str) -> None:
    """The plug-in that put it there is gone: that is told, and what is left is named."""
    more = ("--dry-run",) if kind == "presented" else ()
    killed_while_the_ca_looks(home, ca, *ca.records.hooks, *more)
    (journal,) = (home.config / ".everseal" / kind).iterdir()
    record = json.loads(journal.read_text())
    record["settings"]["parameters"] = {"authenticator": "dns-gone"}
    journal.write_text(json.dumps(record))
    done = home.run("certonly", *OBTAIN, *more)
    assert done.status == 0, done.err
    left = "one.test: what an interrupted order had put in place for the CA is still there: "
    assert left in done.err
    assert "dns-gone" in done.err
    assert home.journals() == []


def signing_request(folder: Path) -> Path:
    path = folder / "request.pem"
    path.write_bytes(PrivateKey.generate(EcdsaKind()).csr([DnsName(NAME)]))
    return path


def test_what_was_cleaned_up_once_is_not_cleaned_up_again(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    """An order that hung was cleaned up after; the journal does not say otherwise."""
    ca.server.faults.add(Rule("validation", Pause(3.0)))
    note = f"echo cleaned >> {tmp_path}/notes"
    hooks = ["--manual", "--manual-auth-hook", "true", "--manual-cleanup-hook", note]
    done = home.run("certonly", *FIRST, *hooks, "--issuance-timeout", "1")
    assert "has not finished the order in time" in done.err
    home.succeed("renew")
    assert (tmp_path / "notes").read_text() == "cleaned\n"


def test_a_request_that_the_ca_refused_is_not_sent_again(home: Home, ca: BuiltIn) -> None:
    refused = home.run("certonly", *OBTAIN, "--must-staple")
    assert refused.status == 1
    assert "badCSR" in refused.err
    assert home.journals() == []
    assert "Carrying on" not in home.succeed("certonly", *OBTAIN)
    assert certificates(ca) == 1


def test_an_order_for_another_key_than_is_wanted_now_is_left_alone(home: Home, ca: BuiltIn) -> None:
    home.obtain(NAME)
    first = (home.live(NAME) / "privkey.pem").read_bytes()
    ca.server.faults.add(Rule("finalize", Refuse("serverInternal", "not today", status=500), times=None))
    assert home.run("renew", "--force-renewal").status == 1
    assert len(home.journals()) == 1
    ca.server.faults.clear()
    assert "Carrying on" not in home.succeed("renew", "--force-renewal", "--reuse-key")
    assert (home.live(NAME) / "privkey.pem").read_bytes() == first


def test_an_answer_lost_after_its_effect_costs_no_second_certificate(home: Home, ca: BuiltIn) -> None:
    ca.server.faults.add(Rule("finalize", Reset(handled=True)))
    home.obtain(NAME)
    assert certificates(ca) == 1
    assert home.versions(NAME) == [1]


def test_a_hook_that_kills_is_run_again_for_the_version_that_is_live(home: Home, tmp_path: Path) -> None:
    home.obtain(NAME)
    notes = tmp_path / "notes"
    hook = f'echo "$RENEWED_DOMAINS" >> {notes}; test "$(wc -l < {notes})" -gt 1 || kill -9 $PPID'
    done = home.run("renew", "--force-renewal", "--deploy-hook", hook)
    assert done.status == -signal.SIGKILL
    assert home.version(NAME) == 2
    assert home.versions(NAME) == [1, 2]
    home.succeed("renew")
    assert home.version(NAME) == 2
    assert home.journals() == []
    assert notes.read_text() == f"{NAME}\n{NAME}\n"
