from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from everseal.cli.console import Console
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.planning.setback import after_failure
from everseal.store.certbot_dir.layout import Layout
from everseal.store.certbot_dir.state import State
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from tests.cli.desk import Desk
from tests.cli.test_plans import everything_below
from tests.documents import check
from tests.loading import HEAVY

NAME = "a.test"


@pytest.fixture
def still(tmp_path: Path) -> Desk:
    """No CA is there to be asked."""
    return Desk(tmp_path, "http://127.0.0.1:9/directory", 9)


def state_of(desk: Desk) -> State:
    return State(Layout(str(desk.config)).state_dir)


def apart_from_state(desk: Desk) -> object:
    """All that is there but Everseal's own state, where a slow machine remembers what was seen."""
    state = str(desk.config / ".everseal")
    return {
        path: found for path, found in everything_below(desk.folder).items() if not path.startswith(state)
    }


def test_nothing_is_kept(still: Desk) -> None:
    done = still.succeed("status")
    assert (done.out, done.err) == ("no certificate; all is well.\n", "")
    assert list(still.folder.iterdir()) == []


def test_all_is_well(still: Desk) -> None:
    still.keep(NAME, NAME, "b.test")
    still.keep("c.test")
    before = apart_from_state(still)
    done = still.succeed("status")
    assert done.out.startswith("2 certificates; all is well; next is a.test at ")
    assert [line.split()[0] for line in done.out.splitlines()[2:]] == ["Name", NAME, "c.test"]
    assert "a.test +1" in done.out
    check(still.succeed("status", "--json").json, "everseal.status")
    assert [each["name"] for each in still.succeed("status", "c.test", "--json").json["certificates"]] == [
        "c.test"
    ]
    assert apart_from_state(still) == before


def test_what_needs_attention_is_the_status(still: Desk) -> None:
    still.keep("gone.test", days=-1)
    (still.config / "renewal/worn.test.conf").write_text("cert\n")
    done = still.run("status")
    assert done.status == 1
    assert done.out.startswith("2 certificates; 2 need attention.\n")
    assert "gone.test: it expired at " in done.out
    assert "worn.test: the certificate worn.test is damaged" in done.out
    assert still.run("status", "--detailed-exit-codes").status == 7
    document = still.run("status", "--json").json
    check(document, "everseal.status")
    assert [each["name"] for each in document["damaged"]] == ["worn.test"]
    assert still.run("status", "no.test").status == 1
    assert "No certificate with name no.test" in still.run("status", "no.test").err


def test_hooks_that_failed(still: Desk) -> None:
    still.keep(NAME)
    state = state_of(still)
    state.owe_hook(OwedHook("deploy", "reload", CertificateName(NAME)))
    assert still.run("status").status == 0
    state.owe_hook(OwedHook("deploy", "reload", CertificateName(NAME), attempts=2))
    done = still.run("status")
    assert (done.status, "the deploy hook 'reload' failed 2 times and is owed" in done.out) == (1, True)


def test_orders_that_failed(still: Desk) -> None:
    still.keep(NAME)
    now = datetime.now(UTC)
    serial = (
        CertbotStore(str(still.config), clock=SystemClock()).load(CertificateName(NAME)).certificate.serial
    )
    failed = after_failure(
        None, serial=serial, lifetime=timedelta(days=90), now=now, message="the CA refused\x1b[2J the order"
    )
    state_of(still).note_setback(CertificateName(NAME), failed)
    done = still.run("status")
    assert done.status == 1
    assert "1 order in a row failed, the next is at " in done.out
    assert "the CA refused\\x1b[2J the order" in done.out
    assert still.run("status", "--detailed-exit-codes").status == 4
    [told] = still.run("status", "--json").json["certificates"]
    assert told["last_failure"]["failures"] == 1


def test_a_setting_that_cannot_be_read(still: Desk) -> None:
    still.keep(NAME)
    conf = still.config / f"renewal/{NAME}.conf"
    conf.write_text(f"renew_before_expiry = soon\n{conf.read_text()}")
    done = still.run("status")
    assert (done.status, "renew_before_expiry = soon is no length of time" in done.out) == (1, True)


def test_metrics(still: Desk, tmp_path: Path) -> None:
    still.keep(NAME)
    path = tmp_path / "everseal.prom"
    done = still.succeed("status", "--prometheus", str(path), "-q")
    assert done.out == ""
    assert path.stat().st_mode & 0o777 == 0o644
    text = path.read_text()
    assert 'everseal_certificate_last_order_succeeded{name="a.test"} 1\n' in text
    assert "everseal_needs_attention 0\n" in text
    assert [path.name for path in tmp_path.iterdir() if "prom" in path.name] == ["everseal.prom"]
    lost = still.run("status", "--prometheus", str(tmp_path / "no/where.prom"))
    assert (lost.status, "To mend it" in lost.err) == (1, True)
    os.mkfifo(tmp_path / "pipe")
    assert still.run("status", "--prometheus", str(tmp_path / "pipe")).status == 1
    assert (tmp_path / "pipe").is_fifo()


def test_metrics_of_a_run(failing: Desk, tmp_path: Path) -> None:
    failing.keep("other.test", days=-1)
    (failing.config / "renewal" / "odd.test.conf").write_text("cert =\n")
    path = tmp_path / "everseal.prom"
    done = failing.run("renew", "--no-random-sleep-on-renew", "--prometheus", str(path))
    assert done.status == 1
    text = path.read_text()
    assert 'everseal_run_certificates{outcome="failed"} 1\n' in text
    assert 'everseal_run_certificates{outcome="saved"} 1\n' in text
    assert 'everseal_run_certificates{outcome="unreadable"} 1\n' in text
    assert 'everseal_certificate_order_failures{name="late.test"} 1\n' in text
    assert "everseal_run_exit_status 1\n" in text


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"TERM": "xterm"}, "\x1b[31mbad\x1b[0m\\x1b\n"),
        ({"TERM": "dumb"}, "bad\\x1b\n"),
        ({"NO_COLOR": "1"}, "bad\\x1b\n"),
    ],
)
def test_colour_on_a_terminal_only(
    environment: dict[str, str], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    screen, pipe = Screen(), io.StringIO()
    Console(screen, screen).paint([[("bad", "bad"), ("\x1b", "plain")]])
    Console(pipe, pipe).paint([[("bad", "bad"), ("\x1b", "plain")]])
    assert (screen.getvalue(), pipe.getvalue()) == (shown, "bad\\x1b\n")


def test_nothing_is_loaded_that_talks_to_a_ca(still: Desk) -> None:
    still.keep(NAME)
    words = still.words("--json")
    done = subprocess.run(
        [sys.executable, "-I", "-X", "importtime", "-m", "everseal", "status", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert HEAVY & loaded == set()
