"""Every fault a CA can have, and what becomes of a certificate that is due meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from everseal.localca import faults as menu
from everseal.localca.faults import Fault, Quirk, Rule, quirk
from everseal.localca.records import Account
from everseal.system.httpd import HttpServer, ServerRequest, ServerResponse
from tests.cli.desk import Desk
from tests.hostile.siege import Siege

HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=30)
DUPLICATE = (
    "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, "
    "retry after 2099-12-01 02:10:00 UTC: see https://ca.test/limits"
)
GARBAGE = b"\x00\xff\x1b[2J" * 20


def always(place: str, fault: Fault) -> Rule:
    return Rule(place, fault, times=None)


def html(status: int) -> menu.Instead:
    return menu.Instead(status, b"<html>", (("Content-Type", "text/html"),))


def redirect(target: str, status: int = 302) -> menu.Instead:
    return menu.Instead(status, b"", (("Location", target),))


@dataclass(frozen=True, slots=True)
class Survived:
    """A fault that passes, and what the run has to send all the same."""

    what: str
    rules: tuple[Rule, ...]
    new_order: int = 1
    finalize: int = 1
    certificate: int = 1


# F8: seven of seven.  Answers that were lost are asked for again; what came of them is counted at the CA.
SURVIVED = [
    Survived("503", (Rule("newOrder", menu.unavailable()),), new_order=2),
    Survived("429 for a second", (Rule("newOrder", menu.rate_limited(retry_after="1")),), new_order=2),
    Survived("two refused nonces", (quirk("newOrder", "reject-nonce", times=2),), new_order=3),
    Survived("reset order", (Rule("newOrder", menu.Reset()),), new_order=2),
    Survived("reset finalize", (Rule("finalize", menu.Reset(handled=True)),)),
    Survived("reset certificate", (Rule("certificate", menu.Reset()),), certificate=2),
    Survived("cut certificate", (Rule("certificate", menu.Truncate(100)),), certificate=2),
]
ALSO_SURVIVED = [
    Survived("order made, answer lost", (Rule("newOrder", menu.Reset(handled=True)),), new_order=2),
    Survived("finalize lost on the way", (Rule("finalize", menu.Reset()),), finalize=2),
    Survived("cut PEM once", (Rule("certificate", menu.EditBody(lambda pem: pem[:-99])),), certificate=2),
    Survived("no chain once", (Rule("certificate", Quirk("chain-missing")),), certificate=2),
    Survived(
        "CRLF and junk", (quirk("certificate", "chain-crlf"), quirk("certificate", "chain-trailing-junk"))
    ),
    Survived("unknown members, shuffled", (quirk("*", "unknown-members"), quirk("*", "shuffle"))),
    Survived("byte by byte", (Rule("newOrder", menu.Drip(0.0005)),)),
    Survived("Retry-After of a day", (Rule("order", menu.AddHeader("Retry-After", "86400")),)),
]


@pytest.mark.parametrize("row", [*SURVIVED, *ALSO_SURVIVED], ids=lambda row: row.what)
def test_what_passes_is_survived_in_one_run(siege: Siege, row: Survived) -> None:
    name = siege.due()
    run = siege.under(row.rules, name)
    assert run.done.status == 0, run.done.err
    assert siege.versions(name) == 2
    assert siege.certificates(name) == 1
    sent = {place: run.requests[place] for place in ("newOrder", "finalize", "certificate")}
    assert sent == {"newOrder": row.new_order, "finalize": row.finalize, "certificate": row.certificate}
    assert not siege.journal(name)
    assert not siege.wait_noted(name)


@dataclass(frozen=True, slots=True)
class Refused:
    """A fault that stays, and how its line reads.

    ``orders`` are the requests for an order that are sent meanwhile; ``wait`` is what unattended runs wait
    at least; ``kept`` says that the order waits to be carried on.
    """

    what: str
    rules: tuple[Rule, ...]
    says: str
    orders: int = 1
    wait: timedelta = HOUR
    kept: bool = False
    words: tuple[str, ...] = ()


# F7: seven bad certificates.
BAD_CERTIFICATES = [
    Refused("wrong key", (quirk("issue", "leaf-wrong-key"),), "is for another key than the private key"),
    Refused(
        "wrong names", (quirk("issue", "leaf-wrong-names"),), "is not for n[0-9]+.test, which was asked for"
    ),
    Refused("expired", (quirk("issue", "leaf-expired"),), "expired on "),
    Refused("leaf alone", (quirk("certificate", "chain-missing"),), "there is no intermediate certificate"),
    Refused("cut", (always("certificate", menu.EditBody(lambda pem: pem[:-99])),), "is cut short", kept=True),
    Refused("empty", (always("certificate", menu.Replace(b"")),), "there is no certificate in it", kept=True),
    Refused(
        "garbage", (always("certificate", menu.Replace(GARBAGE)),), "there is no certificate in it", kept=True
    ),
]
FOREVER = [
    Refused(
        "damaged PEM", (quirk("certificate", "chain-garbage"),), "the certificate cannot be read", kept=True
    ),
    Refused("not yet valid", (quirk("issue", "leaf-not-yet-valid"),), "is not valid before .* clock right"),
    Refused(
        "503 for ever", (always("newOrder", menu.unavailable()),), "HTTP status 503 with text/html", orders=4
    ),
    Refused(
        "429 for ten minutes",
        (always("newOrder", menu.rate_limited(retry_after="14400")),),
        "rateLimited: too many new orders",
        wait=4 * HOUR,
    ),
    Refused("paused account", (always("newOrder", menu.rate_limited(retry_after=None)),), "rateLimited"),
    Refused(
        "duplicate set",
        (always("newOrder", menu.rate_limited(retry_after=None, detail=DUPLICATE)),),
        "retry after 2099-12-01",
        wait=timedelta(days=7),
    ),
    Refused("nonces", (quirk("newOrder", "reject-nonce"),), "badNonce", orders=10),
    Refused(
        "empty directory",
        (always("directory", menu.Instead(200)),),
        "not an ACME directory at .* got nothing",
        0,
    ),
    Refused(
        "HTML directory", (always("directory", html(200)),), "not an ACME directory at .*, got text/html", 0
    ),
    Refused(
        "garbage directory",
        (always("directory", menu.Replace(GARBAGE)),),
        "not an ACME directory at .*, got application/json that is no JSON object",
        0,
    ),
    Refused("404", (always("newOrder", html(404)),), "HTTP status 404", orders=1),
    Refused(
        "order refused in parts",
        (quirk("issue", "spoil-order"),),
        "the order cannot be fulfilled; n[0-9]+.test: rejectedIdentifier: the identifier is on a list",
    ),
    Refused(
        "order spoilt by its proof",
        (Rule("validation", menu.Refuse("connection", "timeout during connect", 400)),),
        "Some challenges have failed",
    ),
    Refused(
        "refused at finalize",
        (always("finalize", menu.Refuse("unauthorized", "CAA changed", 403)),),
        "unauthorized: CAA changed",
        kept=True,
    ),
    Refused(
        "processing for ever",
        (quirk("issue", "stall"),),
        "has not finished the order in time: .* is still processing",
        kept=True,
        words=("--issuance-timeout", "1"),
    ),
    Refused(
        "validating for ever",
        (quirk("validation", "stall"),),
        "has not finished the order in time: .* is still pending",
        kept=True,
        words=("--issuance-timeout", "1"),
    ),
    Refused(
        "token as a path", (quirk("newOrder", "token-with-slash"),), "token that is not safe to use: '../"
    ),
    Refused(
        "escapes in the details",
        (quirk("*", "escapes-in-detail"), quirk("issue", "spoil-order")),
        re.escape("compound: \\x1b[31mred\\x1b[0m\\x07 fake log line the order cannot"),
        words=("-vv", "--debug"),
    ),
    Refused(
        "a detail without end",
        (always("newOrder", menu.Refuse("rejectedIdentifier", "\x1b]0;" + "x" * 9000, 403)),),
        "rejectedIdentifier: .{400,505}$",
    ),
    Refused(
        "new terms",
        (always("newOrder", menu.terms_changed("https://ca.test/terms-2")),),
        "userActionRequired: the terms of service have changed",
    ),
    Refused(
        "directory without end", (always("directory", menu.Endless()),), "larger than 1,048,576 bytes", 0
    ),
    Refused(
        "certificate without end", (always("certificate", menu.Endless()),), "larger than 262,144", kept=True
    ),
    Refused("redirect loop", (always("directory", redirect("/directory")),), "more than 3 redirects", 0),
    Refused("redirected POST", (always("newOrder", redirect("/acme/new-order", 307)),), "it redirects to"),
]


@pytest.mark.parametrize("row", [*BAD_CERTIFICATES, *FOREVER], ids=lambda row: row.what)
def test_what_stays_is_refused_in_one_line(siege: Siege, row: Refused) -> None:
    name = siege.due()
    before = siege.picture(name)
    run = siege.under(row.rules, name, *row.words)
    assert run.done.status == 1
    assert re.search(row.says, run.verdict), run.verdict
    assert len(run.verdict) < 1200
    assert run.requests["newOrder"] == row.orders
    assert siege.picture(name) == before
    assert siege.wait_noted(name) > row.wait - MOMENT
    assert siege.journal(name) == row.kept
    again = siege.renew(name)
    assert again.done.status == 0
    assert "not tried again before" in again.done.out
    assert not again.requests
    assert siege.picture(name) == before


def test_names_and_reasons_of_failed_proofs_are_told(siege: Siege) -> None:
    run = siege.under(
        [Rule("validation", menu.Refuse("connection", "timeout during connect", 400))], name := siege.due()
    )
    shown = run.done.out
    for line in (f"  Identifier: {name}", "  Type:   connection", "  Detail: timeout during connect"):
        assert line in shown


def test_terms_are_agreed_to_by_nobody_but_the_operator(siege: Siege) -> None:
    rules = [always("newOrder", menu.terms_changed("https://ca.test/terms-2"))]
    run = siege.under(rules, siege.due(), "--agree-tos")
    assert "nothing is agreed to for you; see https://ca.test/terms-2" in run.done.err
    assert not {"account", "newAccount"} & set(run.requests)


def test_an_order_that_hung_is_carried_on_with_the_same_key(siege: Siege) -> None:
    """F9: one finalize, one certificate."""
    name = siege.due()
    lost = [Rule("finalize", menu.Reset(handled=True)), Rule("order", menu.Reset(), times=None, skip=1)]
    first = siege.under(lost, name)
    assert first.done.status == 1
    assert first.requests["finalize"] == 1
    second = siege.renew(name, "--force-renewal")
    assert second.done.status == 0, second.done.err
    assert (second.requests["newOrder"], second.requests["finalize"]) == (0, 0)
    assert (siege.certificates(name), siege.versions(name)) == (1, 2)


def test_alternates_are_each_asked_for_once(siege: Siege) -> None:
    """Also one that is an alternate to itself, and however many there are."""
    links = ", ".join(f'</acme/certificate/none-{number}>;rel="alternate"' for number in range(50))
    loop = [always("certificate", menu.AddHeader("Link", '<>;rel="alternate", <>;rel="alternate"'))]
    run = siege.under(loop, siege.due(), "--preferred-chain", "Nobody")
    assert run.done.status == 0, run.done.err
    assert "offers no chain issued by 'Nobody'" in run.done.err
    assert (run.requests["certificate"], run.requests["alternate"]) == (1, 1)
    many = siege.under(
        [always("certificate", menu.AddHeader("Link", links))], siege.due(), "--preferred-chain", "X"
    )
    assert sum(many.requests[place] for place in ("certificate", "alternate")) <= 6


@pytest.fixture(scope="module")
def stranger() -> Iterator[tuple[str, list[str]]]:
    """Another server on this machine: its origin, and every request that reached it."""
    reached: list[str] = []

    def note(request: ServerRequest) -> ServerResponse:
        reached.append(f"{request.method} {request.target}")
        return ServerResponse(200, b"{}")

    server = HttpServer(note)
    server.start()
    yield f"http://127.0.0.1:{server.port}", reached
    server.stop()


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("newOrder", menu.ForeignOrigin),
        ("authorization", menu.ForeignOrigin),
        ("order", menu.ForeignOrigin),
        ("directory", menu.ForeignOrigin),
        ("directory", redirect),
        ("certificate", redirect),
        ("order", redirect),
    ],
)
def test_nobody_else_is_asked(
    siege: Siege, stranger: tuple[str, list[str]], place: str, fault: type[menu.ForeignOrigin]
) -> None:
    """F12: also where the other server is on the same machine."""
    origin, reached = stranger
    name = siege.due()
    run = siege.under([always(place, fault(origin))], name)
    assert run.done.status == 1
    assert origin in run.verdict
    assert reached == []
    assert siege.versions(name) == 1
    assert siege.wait_noted(name) >= HOUR


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "file:///etc/passwd", "//elsewhere.test/x", "@"]
)
def test_no_way_out_by_a_redirect(siege: Siege, target: str) -> None:
    run = siege.under([always("directory", redirect(target))], siege.due())
    assert run.done.status == 1
    assert run.requests["newOrder"] == 0


def test_a_closed_account_is_told_and_not_replaced_silently(siege: Siege, tmp_path: Path) -> None:
    """What the sentences say, done one after the other, leads to a renewal with a new account."""
    desk = Desk(tmp_path, siege.desk.server, siege.http_port)
    desk.obtain("closed.test")
    (old,) = desk.account_folders
    uri = str(json.loads((old / "regr.json").read_text())["uri"])
    account = siege.server.ledger.get(Account, uri.rpartition("/")[2])
    assert account is not None
    siege.server.ledger.put(replace(account, status="deactivated"))
    mark = len(siege.server.transcript())

    refused = desk.run("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert refused.status == 1
    assert f"for the account {uri} is no longer open: unauthorized: the account is deactivated" in refused.err
    assert "remove it here with `unregister`, open another with `register`" in refused.err
    looked = [entry for entry in siege.server.transcript()[mark:] if entry.resource == "newAccount"]
    assert [entry.status for entry in looked] == [401]

    desk.succeed("unregister")
    desk.register()
    unknown = desk.run("renew", "--force-renewal", "--no-random-sleep-on-renew")
    (new,) = desk.account_folders
    assert f"give --account with the id of one that does, {new.name}; it is kept" in unknown.err
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew", "--account", new.name)
    desk.succeed("renew", "--force-renewal", "--no-random-sleep-on-renew")
