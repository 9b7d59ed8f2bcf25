"""Many certificates that a CA is asked about in one run: what is kept, where, and who reads it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest

from bench.forest import Forest
from everseal.localca.faults import Pause, Rule
from everseal.model.certificate import read_certificate
from tests.acme.identifiers import cert_id
from tests.e2e.home import TIMEOUT_SECONDS, Home
from tests.servers.built_in import BuiltIn

KNOWN = ["a.test", "b.test"]
"""Certificates of the CA; it knows nothing of the others, whose lineages say that it has issued them."""
OTHERS = [f"n{number}.test" for number in range(30)]
STATE = (".everseal/answers-1.sqlite", ".everseal/index.sqlite")


@pytest.fixture
def many(home: Home, ca: BuiltIn) -> Home:
    """Nothing is due, and the CA may be asked about everything."""
    for name in KNOWN:
        home.obtain(name)
        conf = home.config / "renewal" / f"{name}.conf"
        asked = datetime.now(UTC) - timedelta(hours=1)
        text = re.sub("ari_ask_again = .*", f"ari_ask_again = {asked.isoformat()}", conf.read_text())
        conf.write_text(text)
    forest = Forest(home.config, server=ca.directory_url)
    forest.plant(OTHERS, issued=datetime.now(UTC) - timedelta(days=5))
    return home


def questions(ca: BuiltIn) -> int:
    return sum(each.resource == "renewalInfo" for each in ca.server.transcript())


def renewal_files(home: Home) -> dict[str, tuple[bytes, int, int]]:
    """Their contents, and what tells a file that was written from one that was not."""
    found = {path: path.stat() for path in (home.config / "renewal").iterdir()}
    return {path.name: (path.read_bytes(), seen.st_ino, seen.st_ctime_ns) for path, seen in found.items()}


def suggest(home: Home, ca: BuiltIn, name: str, start: timedelta) -> list[str]:
    """Another window for a certificate; as JSON has it."""
    window = [datetime.now(UTC).replace(microsecond=0) + start + timedelta(hours=more) for more in (0, 1)]
    facts = read_certificate((home.live(name) / "cert.pem").read_bytes())
    assert ca.server.suggest_window(cert_id(facts), *(moment.timestamp() for moment in window))
    return [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in window]


def test_many_are_asked_about_in_one_run_and_no_renewal_file_is_written(many: Home, ca: BuiltIn) -> None:
    files, before = renewal_files(many), questions(ca)
    window = suggest(many, ca, "a.test", timedelta(days=2))
    told = many.succeed("renew")
    assert questions(ca) - before == len(KNOWN) + len(OTHERS)
    assert renewal_files(many) == files
    assert told == many.succeed("renew")
    (many.config / STATE[1]).unlink(missing_ok=True)
    assert told == many.succeed("renew")
    assert json.loads(many.succeed("explain", "a.test", "--json"))["advice"]["window"] == window
    assert json.loads(many.succeed("status", "a.test", "--json"))["certificates"][0]["window"] == window
    assert questions(ca) - before == len(KNOWN) + len(OTHERS)


def test_what_is_lost_is_asked_for_again(many: Home, ca: BuiltIn) -> None:
    many.succeed("renew")
    before = questions(ca)
    for path in STATE:
        (many.config / path).unlink(missing_ok=True)
    many.succeed("renew")
    assert questions(ca) - before == len(KNOWN) + len(OTHERS)
    assert (many.config / STATE[0]).exists()


def test_a_plan_asks_and_keeps_nothing(many: Home, ca: BuiltIn) -> None:
    before = questions(ca)
    many.succeed("plan")
    assert questions(ca) - before == len(KNOWN) + len(OTHERS)
    assert not (many.config / STATE[0]).exists()


def test_what_the_ca_wants_renewed_is_renewed_after_one_question(many: Home, ca: BuiltIn) -> None:
    before = questions(ca)
    suggest(many, ca, "b.test", -timedelta(days=1))
    many.succeed("renew", "--standalone")
    assert [many.version(name) for name in KNOWN] == [1, 2]
    # About the new certificate it is asked too, and that answer stands in its renewal file, for Certbot too.
    assert questions(ca) - before == len(KNOWN) + len(OTHERS) + 1
    conf = (many.config / "renewal" / "b.test.conf").read_text()
    new = read_certificate((many.live("b.test") / "cert.pem").read_bytes())
    assert f"ari_certificate = {cert_id(new)}" in conf
    assert "ari_retry_after = " in conf
    many.succeed("renew", "--standalone")
    assert questions(ca) - before == len(KNOWN) + len(OTHERS) + 1


@pytest.mark.parametrize(("how", "kept"), [(signal.SIGTERM, True), (signal.SIGKILL, False)])
def test_a_run_that_ends_in_the_middle_damages_nothing(
    many: Home, ca: BuiltIn, how: signal.Signals, kept: bool
) -> None:
    """Asked to end it keeps what it has heard; killed it loses that, which is asked for again."""
    files, before = renewal_files(many), questions(ca)
    ca.server.faults.add(Rule("renewalInfo", Pause(0.3), times=None))
    with subprocess.Popen(many.words("renew"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        end = time.monotonic() + TIMEOUT_SECONDS
        while questions(ca) - before < 3 and time.monotonic() < end:
            time.sleep(0.01)
        run.send_signal(how)
    assert run.returncode != 0
    assert renewal_files(many) == files
    first = questions(ca) - before
    many.succeed("renew")
    everything = len(KNOWN) + len(OTHERS)
    again = questions(ca) - before - first
    assert (again < everything) == kept
    assert renewal_files(many) == files
    many.succeed("renew")
    assert questions(ca) - before == first + again
