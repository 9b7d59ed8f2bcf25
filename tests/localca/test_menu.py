"""Faults in words, and what a client meets of them."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import get_args

import pytest

from everseal.localca import faults as menu
from everseal.localca.clocks import OffsetClock, VirtualClock
from everseal.localca.faults import PLACES, Fault, Quirk, QuirkName, Rule
from everseal.localca.menu import BadFault, parse_rule, parse_script
from everseal.localca.profiles import DEFAULT_PROFILE, Profile
from everseal.localca.records import Order
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import Responder

START = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("newOrder unavailable", Rule("newOrder", menu.unavailable())),
        (
            "newOrder unavailable retry-after=60 times=2 skip=1",
            Rule("newOrder", menu.unavailable(retry_after="60"), 2, 1),
        ),
        ("* reset times=ever", Rule("*", menu.Reset(), None)),
        ("finalize lost-answer", Rule("finalize", menu.Reset(handled=True))),
        ("* reject-nonce chance=0.05", Rule("*", Quirk("reject-nonce"), None, chance=0.05)),
        ("issue stall times=1", Rule("issue", Quirk("stall"))),
        ("order header add='Retry-After: 86400'", Rule("order", menu.AddHeader("Retry-After", "86400"))),
        ("validation pause seconds=1 up-to=5", Rule("validation", menu.Pause(1.0, 5.0))),
        (
            "issue validity begins=-60 lives=360",
            Rule("issue", menu.Validity(timedelta(seconds=-60), timedelta(seconds=360))),
        ),
        ("validation vantage failing=3", Rule("validation", menu.Vantage(failing=3))),
        (
            "directory unlisted resources=keyChange,renewalInfo",
            Rule("directory", menu.Unlisted(frozenset({"keyChange", "renewalInfo"}))),
        ),
        (
            "newOrder refuse type=unauthorized status=403 detail='a word'",
            Rule("newOrder", menu.Refuse("unauthorized", "a word", 403)),
        ),
        ("certificate truncate keep=3 about=abc", Rule("certificate", menu.Truncate(3), about="abc")),
        ("directory redirect to=/x", Rule("directory", menu.Instead(302, b"", (("Location", "/x"),)))),
        ("newOrder terms-changed url=https://a.test", Rule("newOrder", menu.terms_changed("https://a.test"))),
        ("newOrder rate-limited", Rule("newOrder", menu.rate_limited(retry_after=None))),
        (
            "directory instead status=404 body=no header='X: y'",
            Rule("directory", menu.Instead(404, b"no", (("X", "y"),))),
        ),
        ("order foreign-origin", Rule("order", menu.ForeignOrigin())),
        ("certificate replace body=x", Rule("certificate", menu.Replace(b"x"))),
        ("certificate endless", Rule("certificate", menu.Endless())),
        ("certificate drip pause=0.1", Rule("certificate", menu.Drip(0.1))),
    ],
)
def test_words_and_the_rule_they_mean(text: str, rule: Rule) -> None:
    assert parse_rule(text) == rule


def changed(text: str, members: dict[str, object]) -> object:
    fault: Fault = parse_rule(text).fault
    assert isinstance(fault, menu.EditJson)
    return fault.change(members)


def test_members_set_and_removed() -> None:
    assert changed("order set member=status value='\"valid\"'", {"status": "pending"}) == {"status": "valid"}
    assert changed("order set member=a value='[1]'", {}) == {"a": [1]}
    assert changed("order remove member=status", {"status": "pending", "a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a place and a fault"),
        ("newOrder", "a place and a fault"),
        ("nowhere reset", "no place 'nowhere'"),
        ("newOrder explode", "no fault 'explode'"),
        ("newOrder reset often", "not KEY=VALUE"),
        ("newOrder reset keep=3", "takes no keep"),
        ("newOrder refuse", "needs type="),
        ("newOrder reset times=-1", "no count"),
        ("newOrder pause seconds=nan", "no number"),
        ("newOrder pause seconds=soon", "no number"),
        ("order set member=a value=b", "not JSON"),
        ("order header add=Retry-After", "not a header"),
        ("order reset 'times=1", "no closing quotation"),
        ("certificate replace file=/nowhere/at/all", "cannot be read"),
    ],
)
def test_words_that_make_no_rule(text: str, why: str) -> None:
    with pytest.raises(BadFault, match=why) as caught:
        parse_rule(text)
    assert caught.value.remedy


def test_a_script_is_a_rule_a_line(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"\x00\xff")
    script = f"# first\n\nnewOrder reset\n  certificate replace file={tmp_path}/body\n"
    assert parse_script(script) == (
        Rule("newOrder", menu.Reset()),
        Rule("certificate", menu.Replace(b"\x00\xff")),
    )


def test_every_quirk_has_its_word() -> None:
    for name in get_args(QuirkName):
        assert parse_rule(f"* {name}").fault == Quirk(name)


def test_a_rule_about_one_certificate(start_ca: StartCa, connect: Connect) -> None:
    server = start_ca(Rule("order", menu.Reset(), None, about="no-such-order"))
    client = connect(server)
    client.register()
    order = client.order("one.test")
    url = str(order.header("Location"))
    assert client.post(url).status == 200
    server.faults.add(Rule("order", menu.Instead(503), None, about=url.rpartition("/")[2]))
    assert client.post(url).status == 503
    assert client.post(str(client.order("two.test").header("Location"))).status == 200


def test_any_profile_where_none_is_asked_for(start_ca: StartCa, connect: Connect) -> None:
    server = start_ca(menu.quirk("newOrder", "random-profile"))
    client = connect(server)
    client.register()
    made = [str(client.order("one.test", "127.0.0.1").header("Location")) for _ in range(20)]
    kept = [server.ledger.get(Order, url.rpartition("/")[2]) for url in made]
    assert {each.profile for each in kept if each} == {"default", "shortlived"}, "those that take addresses"
    assert client.order("one.test", profile="classic").json()["profile"] == "classic"


def test_no_profile_takes_them(start_ca: StartCa, connect: Connect) -> None:
    """What is drawn from is the default then, and the order is refused."""
    profiles = {DEFAULT_PROFILE: Profile("names", timedelta(days=7), addresses=False)}
    client = connect(start_ca(menu.quirk("newOrder", "random-profile"), profiles=profiles))
    client.register()
    assert client.order("127.0.0.1").problem == "invalidProfile"


def test_authorizations_that_end_before_their_time(
    start_ca: StartCa, connect: Connect, responder: Responder
) -> None:
    client = connect(start_ca(menu.quirk("finalize", "expire-authorizations")))
    client.register()
    order = client.order("one.test")
    client.prove(order, responder)
    assert client.finalize(order).problem == "orderNotReady"
    body = client.post(str(order.header("Location"))).json()
    assert (body["status"], body["error"]["detail"]) == ("invalid", "the authorization is expired")


@pytest.mark.parametrize(("failing", "status"), [(1, "valid"), (2, "invalid")])
def test_vantage_points_that_look_in_vain(
    start_ca: StartCa, connect: Connect, responder: Responder, failing: int, status: str
) -> None:
    client = connect(start_ca(Rule("validation", menu.Vantage(failing=failing))))
    client.register()
    order = client.order("one.test")
    client.prove(order, responder)
    assert client.post(order.json()["authorizations"][0]).json()["status"] == status


def test_resources_at_another_of_its_names(start_ca: StartCa, connect: Connect) -> None:
    server = start_ca(menu.quirk("directory", "other-host"))
    client = connect(server)
    assert client.urls["newOrder"] == f"http://localhost:{server.port}/acme/new-order"


def test_a_transcript_says_when_what_and_which_faults(start_ca: StartCa, connect: Connect) -> None:
    server = start_ca(Rule("newOrder", menu.Instead(503)), menu.quirk("newOrder", "shuffle", times=1))
    client = connect(server)
    client.register()
    client.order("one.test")
    entry = server.transcript()[-1]
    assert (entry.resource, entry.status, entry.path) == ("newOrder", 503, "/acme/new-order")
    assert entry.faults == ("Instead", "shuffle")
    assert entry.at > 0


def test_places_are_what_is_served_and_what_happens_in_the_background() -> None:
    assert {"newOrder", "alternate", "validation", "issue", "*"} < PLACES


def test_time_that_passes_only_by_hand() -> None:
    clock = VirtualClock(START)
    clock.sleep(60)
    clock.sleep(-5)
    clock.advance(timedelta(days=1))
    assert clock.now() == START + timedelta(days=1, minutes=1)
    assert clock.monotonic() == 86460.0
    ahead = OffsetClock(clock, timedelta(hours=-1))
    ahead.sleep(3600)
    assert ahead.now() == START + timedelta(days=1, minutes=1)
    assert ahead.monotonic() == clock.monotonic()


# From the command line.


class Served:
    """``everseal ca serve`` in a process of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        command = [sys.executable, "-m", "everseal", "ca", "serve", "--listen", "127.0.0.1:0"]
        command += [f"--{kind}-dir={folder / kind}" for kind in ("ca", "config", "work", "logs")]
        self.process = subprocess.Popen(
            [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.lines = iter(self.process.stdout.readline, "")
        self.greeting = [next(self.lines) for _ in range(4)]
        self.url = self.greeting[1].split()[-1]
        self.root = folder / "ca" / "root.pem"

    def get(self) -> tuple[int, str]:
        context = ssl.create_default_context(cafile=str(self.root))
        try:
            with urllib.request.urlopen(self.url, context=context, timeout=10) as answer:
                return answer.status, answer.headers["Date"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Date"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=10)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    rules = tmp_path / "rules"
    rules.write_text("# kind for now\n")
    options = ["--fault", "directory instead status=418", "--fault-file", str(rules)]
    running = Served(tmp_path, *options, "--transcript", str(tmp_path / "log"), "--clock-offset=-86400")
    yield running
    running.stop()


def test_from_the_command_line(served: Served, tmp_path: Path) -> None:
    assert [served.get()[0] for _ in range(2)] == [418, 200]
    date = parsedate_to_datetime(served.get()[1])
    assert abs(datetime.now(UTC) - date - timedelta(days=1)) < timedelta(minutes=1)
    (tmp_path / "rules").write_text("directory instead status=419 times=ever\n")
    served.process.send_signal(signal.SIGHUP)
    assert next(served.lines) == "2 faults are in force\n"
    assert [served.get()[0] for _ in range(2)] == [418, 419]
    (tmp_path / "rules").write_text("nonsense\n")
    served.process.send_signal(signal.SIGHUP)
    assert "the faults stay as they were" in next(served.lines)
    assert served.get()[0] == 419
    entries = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [entry["status"] for entry in entries] == [418, 200, 200, 418, 419, 419]
    assert entries[0]["faults"] == ["Instead"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--fault", "newOrder explode"], "there is no fault 'explode'"),
        (["--fault-file", "/nowhere/rules"], "the faults in /nowhere/rules cannot be read"),
        (["--transcript", "/nowhere/log"], "the transcript /nowhere/log cannot be written"),
        (["--clock-offset", "tomorrow"], "'tomorrow' is no clock offset"),
    ],
)
def test_what_the_command_line_refuses(tmp_path: Path, words: list[str], why: str) -> None:
    command = [sys.executable, "-m", "everseal", "ca", "serve", "--listen", "127.0.0.1:0"]
    command += [f"--{kind}-dir={tmp_path / kind}" for kind in ("ca", "config", "work", "logs")]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert why in done.stderr
