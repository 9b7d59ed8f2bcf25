"""``ca list`` and ``ca check``: what is known of authorities, and what one says itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from everseal.acme.directory import parse_directory
from everseal.acme.wire import Territory
from everseal.localca.faults import EditJson, Fault, Instead, Rule
from everseal.localca.server import CaServer
from everseal.reports.authorities import (
    CheckUp,
    Reading,
    authorities_as_json,
    render_authorities,
    render_check,
)
from everseal.settings.authorities import LETS_ENCRYPT, directory_of
from everseal.settings.known_authorities import known_authorities
from everseal.store.certbot_dir.state import State
from tests.acme.fake_ca import DIRECTORY, DIRECTORY_URL
from tests.cli.desk import Desk

SCHEMAS = Path(__file__).parents[2] / "docs/reference/json"


@pytest.fixture
def odd(ca: CaServer) -> Iterator[Callable[[Fault], None]]:
    """Spoils the CA's directory for one test."""
    yield lambda fault: ca.faults.add(Rule("directory", fault, times=None))
    ca.faults.clear()


def fits(document: Any, name: str) -> None:
    assert document["schema"] == name
    schema = json.loads((SCHEMAS / f"{name}-1.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(document)


def test_the_list_says_what_is_known_and_what_was_read(desk: Desk) -> None:
    members = {
        key: url.replace("ca.example", "acme-v02.api.letsencrypt.org") if isinstance(url, str) else url
        for key, url in DIRECTORY.items()
    }
    read_at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    State(str(desk.config / ".everseal")).remember_directory(LETS_ENCRYPT, members, read_at)
    shown = desk.succeed("ca", "list").out
    assert "letsencrypt          Let's Encrypt                 open to all " in shown
    assert "read at 2026-11-20 12:00:00 UTC: profiles classic, short; renewal information yes" in shown
    assert "closed since 2025-10-31" in shown
    told = desk.succeed("ca", "list", "--json").json
    fits(told, "everseal.authorities")
    by_name = {each["name"]: each for each in told["authorities"]}
    assert by_name["letsencrypt"]["last_read"]["at"] == "2026-11-20T12:00:00Z"
    assert by_name["zerossl"]["last_read"] is None
    assert by_name["sslcom"]["key_type"] == "ecdsa"


def test_the_check_asks_the_authority_itself(desk: Desk) -> None:
    shown = desk.succeed("ca", "check", desk.server).out
    assert f"{desk.server} is the directory of an ACME certificate authority." in shown
    said = (
        "Terms:",
        "ca.everseal.test",
        "open to all",
        "shortlived: 160 hours",
        "agrees with this machine's",
    )
    for part in said:
        assert part in shown
    told = desk.succeed("ca", "check", desk.server, "--json").json
    fits(told, "everseal.authority")
    assert told["offer"]["profiles"]["tlsserver"] == "45 days, minimal"
    assert told["offer"]["renewal_info"]
    assert told["clock_ahead_seconds"] == 0
    assert told["name"] is None
    assert not (desk.config / ".everseal").exists()


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<html>hello</html>", "not an ACME directory at "),
        (b'{"swagger": "2.0"}', "JSON without newNonce, newAccount, newOrder"),
    ],
)
def test_what_is_no_directory(desk: Desk, odd: Callable[[Fault], None], body: bytes, complaint: str) -> None:
    kind = "text/html" if body.startswith(b"<") else "application/json"
    odd(Instead(200, body, (("Content-Type", kind),)))
    done = desk.run("ca", "check", desk.server)
    assert done.status == 1
    assert complaint in done.err
    assert "To mend it: check the CA's directory URL" in done.err


def test_texts_of_a_directory_are_not_trusted(desk: Desk, odd: Callable[[Fault], None]) -> None:
    def paint(members: dict[str, Any]) -> dict[str, Any]:
        meta = {**members["meta"], "profiles": {"\x1b[31mred": "\x1b]0;title\x07"}, "website": "\x1b[2J"}
        return {**members, "meta": meta}

    odd(EditJson(paint))
    assert "\x1b" not in desk.succeed("ca", "check", desk.server).out


def test_names_and_other_texts(desk: Desk) -> None:
    closed = desk.run("ca", "check", "buypass")
    assert "the authority buypass has ended: its last certificate is of 2025-10-31" in closed.err
    assert desk.run("ca", "check", "nowhere").status == 2
    assert desk.run("ca", "sing").status == 2
    refused = desk.run_as_given("certonly", "--ca", "buypass", "-d", "a.test")
    assert "To mend it: choose another one: `ca list` shows them." in refused.err


def test_an_authority_that_issues_for_addresses_under_one_profile_only(desk: Desk) -> None:
    words = desk.words(
        "--standalone", "--ip-address", "192.0.2.1", "--ca", "letsencrypt", "--non-interactive"
    )
    plain = desk.run_as_given("plan", *words)
    assert plain.status == 1
    assert (
        "Let's Encrypt issues for an IP address such as 192.0.2.1 only under its profile shortlived"
        in plain.err
    )
    assert "To mend it: add --preferred-profile shortlived" in plain.err
    assert desk.run_as_given("plan", *words, "--preferred-profile", "shortlived").status == 0


def checked(**more: Any) -> str:
    directory = parse_directory(DIRECTORY, DIRECTORY_URL, Territory.around(DIRECTORY_URL))
    usual: dict[str, Any] = {"known": None, "seconds": 0.25, "ahead": timedelta(0), "verified": True}
    return render_check(CheckUp(directory, **(usual | more)))


def test_clocks_and_trust() -> None:
    assert "7,200 seconds ahead of this machine's: one of them is wrong" in checked(ahead=timedelta(hours=2))
    assert "90 seconds behind this machine's" in checked(ahead=timedelta(seconds=-90))
    assert "not told" in checked(ahead=None)
    assert "not checked" in checked(verified=False)
    known = known_authorities().at(directory_of("sslcom-rsa"))
    assert "may charge where the account has funds" in checked(known=known)


def test_a_reading_is_shown_with_its_authority_only() -> None:
    directory = parse_directory(DIRECTORY, DIRECTORY_URL, Territory.around(DIRECTORY_URL))
    readings = {directory_of("zerossl"): Reading(directory, datetime(2026, 11, 20, tzinfo=UTC))}
    assert render_authorities(known_authorities(), readings).count("read at") == 1
    fits(json.loads(json.dumps(authorities_as_json(known_authorities(), readings))), "everseal.authorities")


def test_customers_only_takes_credentials_before_anything_is_planned(desk: Desk) -> None:
    url = directory_of("zerossl")
    words = ("certonly", "--plan", "--standalone", "-d", "x.test")
    refused = desk.run(*words, server=url)
    assert refused.status == 1
    assert "Server requires external account binding." in refused.complaints
    assert "app.zerossl.com" in refused.complaints
    assert "--eab-kid" in refused.complaints
    bound = ("--eab-kid", "kid-1", "--eab-hmac-key", "bm90IGEgc2VjcmV0IGF0IGFsbCwgYnV0IGxvbmc")
    assert desk.run(*words, *bound, server=url).status == 0


@pytest.mark.parametrize("words", [("ca", "serve"), ("demo",)])
def test_what_has_no_plan_does_nothing_when_one_is_asked_for(desk: Desk, words: tuple[str, ...]) -> None:
    done = desk.run(*words, "--plan")
    assert (done.status, "has no plan" in done.err) == (2, True)
    assert not (desk.config / "local-ca").exists()
