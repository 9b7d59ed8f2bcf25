"""Every unkindness, as a client meets it."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from cryptography import x509

from everseal.localca import faults as menu
from everseal.localca.faults import Fault, Faults, Quirk, QuirkName, Rule, quirk
from everseal.localca.server import CaServer
from everseal.model.certificate import read_certificate
from everseal.model.keys import EcdsaKind
from everseal.model.names import DnsName
from everseal.model.private_key import PrivateKey
from everseal.system.httpd import ServerRequest, ServerResponse
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import MovableClock, RawClient, Reply, Responder


def meet(server: CaServer, place: str, fault: Fault) -> None:
    server.faults.add(Rule(place, fault))


def test_rules_count_skip_and_draw_by_seed() -> None:
    rules = [
        Rule("order", menu.Reset(), times=2, skip=1),
        quirk("*", "shuffle", chance=0.5),
    ]
    first, second = Faults(rules, seed=7), Faults(rules, seed=7)
    drawn = [first.draw("order") for _ in range(20)]
    assert drawn == [second.draw("order") for _ in range(20)]
    assert [menu.Reset() in one.faults for one in drawn[:5]] == [False, True, True, False, False]
    assert 0 < sum(one.has("shuffle") for one in drawn) < 20
    first.clear()
    assert first.draw("order").faults == ()
    assert drawn[0].chosen("stall", "shuffle") in (None, "shuffle")


def test_responses_of_a_load_balancer(member: RawClient, server: CaServer) -> None:
    meet(server, "newOrder", menu.unavailable(retry_after="60"))
    reply = member.order("one.test")
    assert (reply.status, reply.header("Content-Type")) == (503, "text/html")
    assert reply.header("Retry-After") == "60"
    assert b"<html>" in reply.body
    assert reply.header("Replay-Nonce") is None
    assert member.order("one.test").status == 201


def test_limits_with_and_without_a_time(member: RawClient, server: CaServer) -> None:
    meet(server, "newOrder", menu.rate_limited(retry_after="30"))
    limited = member.order("one.test")
    assert (limited.status, limited.problem, limited.header("Retry-After")) == (429, "rateLimited", "30")
    assert limited.links("help")
    meet(server, "newOrder", menu.rate_limited(retry_after=None, detail="account paused"))
    paused = member.order("one.test")
    assert (paused.problem, paused.header("Retry-After")) == ("rateLimited", None)


def test_new_terms(member: RawClient, server: CaServer) -> None:
    meet(server, "newOrder", menu.terms_changed("https://ca.test/new-terms"))
    reply = member.order("one.test")
    assert (reply.status, reply.problem) == (403, "userActionRequired")
    assert reply.json()["instance"] == "https://ca.test/new-terms"
    assert reply.links("terms-of-service") == ["https://ca.test/new-terms"]


def test_resets_before_and_after_the_effect(member: RawClient, server: CaServer) -> None:
    for handled in (False, True):
        meet(server, "newOrder", menu.Reset(handled=handled))
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            member.order("one.test")
        member.nonce = None
        orders = member.post(str(member.post(str(member.kid)).json()["orders"])).json()["orders"]
        assert len(orders) == int(handled)
    assert [entry.status for entry in server.transcript() if entry.resource == "newOrder"] == [0, 0]


def test_bodies_that_break_off_never_end_or_drip(
    member: RawClient, server: CaServer, clock: MovableClock
) -> None:
    meet(server, "directory", menu.Truncate(keep=5))
    with pytest.raises(http.client.IncompleteRead):
        member.get(server.directory_url)
    meet(server, "directory", menu.Drip(pause=0.25))
    assert member.get(server.directory_url).json() == member.urls
    assert set(clock.slept) == {0.25}
    meet(server, "directory", menu.Endless())
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/directory")
    answer = connection.getresponse()
    assert len(answer.read(1_000_000)) == 1_000_000
    answer.close()
    connection.close()


def test_bodies_and_headers_of_ones_own(member: RawClient, server: CaServer) -> None:
    faults: list[tuple[Fault, bytes]] = [
        (menu.Replace(b"other"), b"other"),
        (menu.EditBody(lambda body: body[:1]), b"{"),
        (menu.EditJson(lambda members: {"only": members["newNonce"]}), b'{"only"'),
        (menu.Instead(200, b"mine"), b"mine"),
    ]
    for fault, expected in faults:
        meet(server, "directory", fault)
        assert member.get(server.directory_url).body.startswith(expected)
    meet(server, "directory", menu.AddHeader("Retry-After", "86400"))
    assert member.get(server.directory_url).header("Retry-After") == "86400"


def test_refused_nonces(client: RawClient, server: CaServer) -> None:
    server.faults.add(quirk("newAccount", "reject-nonce", times=2))
    assert [client.register().status for _ in range(3)] == [400, 400, 201]


def reply_with(start_ca: StartCa, connect: Connect, place: str, name: QuirkName) -> RawClient:
    client = connect(start_ca(quirk(place, name)))
    client.register()
    return client


def test_reused_and_newborn_authorizations(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    client = reply_with(start_ca, connect, "newOrder", "reuse-authorizations")
    client.obtain(responder, "one.test")
    assert client.order("one.test").json()["status"] == "ready"
    other = reply_with(start_ca, connect, "newOrder", "born-valid")
    order = other.order("*.two.test")
    assert order.json()["status"] == "ready"
    assert other.finalize(order).status == 200


def test_another_order_of_everything(start_ca: StartCa, connect: Connect) -> None:
    client = reply_with(start_ca, connect, "*", "shuffle")
    names = [f"n{number}.test" for number in range(12)]
    body = client.order(*names).json()
    found = [one["value"] for one in body["identifiers"]]
    assert sorted(found) == sorted(names)
    assert found != names


def test_opaque_urls_work(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    client = connect(start_ca(quirk("*", "opaque-urls")))
    assert "?" in str(client.urls["newOrder"])
    assert client.obtain(responder, "one.test").status == 200
    assert "?" in str(client.kid)


def test_a_foreign_origin(start_ca: StartCa, connect: Connect) -> None:
    client = connect(start_ca(Rule("newOrder", menu.ForeignOrigin(), times=None)))
    client.register()
    assert client.order("one.test").json()["finalize"].startswith("https://elsewhere.invalid/")


def test_a_directory_with_a_random_key_and_gaps(start_ca: StartCa, connect: Connect) -> None:
    gaps = menu.Unlisted(frozenset({"keyChange", "renewalInfo"}))
    server = start_ca(quirk("directory", "random-directory-key"), Rule("*", gaps, times=None))
    client = connect(server)
    assert len([value for value in client.urls.values() if "community" in str(value)]) == 1
    assert not {"keyChange", "renewalInfo"} & set(client.urls)
    assert client.get(server.directory_url.replace("/directory", "/acme/renewal-info/a.b")).status == 404


def test_unknown_members_everywhere(start_ca: StartCa, connect: Connect) -> None:
    client = connect(start_ca(quirk("*", "unknown-members")))
    client.register()
    order = client.order("one.test").json()
    assert [name for name in order if name.startswith("x-")]
    assert [name for name in order["identifiers"][0] if name.startswith("x-")]


def test_a_token_with_a_slash(start_ca: StartCa, connect: Connect) -> None:
    client = reply_with(start_ca, connect, "newOrder", "token-with-slash")
    challenge = client.challenge(client.order("one.test").json()["authorizations"][0])
    assert challenge["token"].startswith("../")


def test_escapes_in_details(start_ca: StartCa, connect: Connect) -> None:
    client = reply_with(start_ca, connect, "*", "escapes-in-detail")
    reply = client.order("example.com", "example.org")
    assert "\x1b[31m" in reply.json()["detail"]
    assert "\x07" in reply.json()["subproblems"][0]["detail"]


@pytest.mark.parametrize("place", ["validation", "issue"])
def test_processing_for_ever(start_ca: StartCa, connect: Connect, responder: Responder, place: str) -> None:
    client = reply_with(start_ca, connect, place, "stall")
    order = client.order("one.test")
    url = order.json()["authorizations"][0]
    if place == "validation":
        challenge = client.challenge(url)
        client.post(challenge["url"], {})
        assert [client.post(challenge["url"]).json()["status"] for _ in range(3)] == ["processing"] * 3
    else:
        client.prove(order, responder)
        client.finalize(order)
        states = [client.post(str(order.header("Location"))).json()["status"] for _ in range(3)]
        assert states == ["processing"] * 3


def test_an_error_beside_processing(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    held = threading.Event()
    server = start_ca(quirk("validation", "error-while-processing"))
    client = connect(server)
    client.register()
    order = client.order("one.test")
    challenge = client.challenge(order.json()["authorizations"][0])

    def answer(_request: ServerRequest) -> ServerResponse:
        held.wait(5)
        return ServerResponse(200, client.key_authorization(challenge["token"]).encode())

    responder.fallback = answer
    client.post(challenge["url"], {})
    while "error" not in (seen := client.post(challenge["url"]).json()):
        pass
    assert seen["status"] == "processing"
    held.set()
    done = client.wait(challenge["url"], "processing")
    assert (done["status"], "error" in done) == ("valid", False)


def test_a_validation_that_fails_from_elsewhere(
    start_ca: StartCa, connect: Connect, responder: Responder
) -> None:
    fault = menu.Refuse("connection", "During secondary validation: timeout", 400)
    client = connect(start_ca(Rule("validation", fault)))
    client.register()
    order = client.order("one.test")
    client.prove(order, responder)
    error = client.post(str(order.header("Location"))).json()["error"]
    assert "secondary" in error["detail"]


def failed_issue(
    start_ca: StartCa, connect: Connect, responder: Responder, fault: Fault
) -> dict[str, object]:
    client = connect(start_ca(Rule("issue", fault)))
    client.register()
    order = client.order("one.test", "two.test")
    client.prove(order, responder)
    client.finalize(order)
    body = client.wait(str(order.header("Location")), "processing")
    assert body["status"] == "invalid"
    error = body["error"]
    assert isinstance(error, dict)
    return error


def test_orders_that_fail_after_finalize(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    spoilt = failed_issue(start_ca, connect, responder, Quirk("spoil-order"))
    assert len(json.loads(json.dumps(spoilt["subproblems"]))) == 2
    refused = failed_issue(start_ca, connect, responder, menu.Refuse("unauthorized", "CAA changed", 403))
    assert refused["detail"] == "CAA changed"


def spoilt_leaf(start_ca: StartCa, connect: Connect, responder: Responder, name: QuirkName) -> Reply:
    client = connect(start_ca(quirk("issue", name)))
    return client.obtain(responder, "one.test")


def test_leaves_of_a_ca_gone_wrong(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    key = PrivateKey.generate(EcdsaKind())
    client = connect(start_ca(quirk("issue", "leaf-wrong-key")))
    wrong = read_certificate(client.obtain(responder, "one.test", key=key).body)
    assert wrong.spki_sha256 != hashlib.sha256(key.spki_der()).digest()
    other = read_certificate(spoilt_leaf(start_ca, connect, responder, "leaf-wrong-names").body)
    assert other.identifiers == (DnsName("somebody-else.test"),)
    expired = read_certificate(spoilt_leaf(start_ca, connect, responder, "leaf-expired").body)
    assert expired.not_after < datetime.now(UTC)
    early = read_certificate(spoilt_leaf(start_ca, connect, responder, "leaf-not-yet-valid").body)
    assert early.not_before > datetime.now(UTC)


def test_a_leaf_that_begins_later_and_lives_for_minutes(
    start_ca: StartCa, connect: Connect, responder: Responder, clock: MovableClock
) -> None:
    fault = menu.Validity(begins=timedelta(hours=3), lives=timedelta(minutes=6))
    client = connect(start_ca(Rule("issue", fault)))
    facts = read_certificate(client.obtain(responder, "one.test").body)
    assert facts.lifetime == timedelta(minutes=6)
    assert timedelta(hours=2) < facts.not_before - clock.now() <= timedelta(hours=3)


def test_answers_bear_the_time_of_the_ca(member: RawClient, clock: MovableClock) -> None:
    clock.ahead = timedelta(days=400)
    date = parsedate_to_datetime(str(member.order("one.test").header("Date")))
    assert abs(date - clock.now()) < timedelta(minutes=1)


def test_chains_of_a_ca_gone_wrong(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    server = start_ca()
    client = connect(server)
    client.register()
    bodies = {}
    names: tuple[QuirkName, ...] = ("chain-missing", "chain-garbage", "chain-crlf", "chain-trailing-junk")
    for name in names:
        server.faults.add(Rule("certificate", Quirk(name)))
        bodies[name] = client.obtain(responder, "one.test").body
    assert bodies["chain-missing"].count(b"BEGIN") == 1
    with pytest.raises(ValueError):
        x509.load_pem_x509_certificates(bodies["chain-garbage"])
    assert bodies["chain-crlf"].count(b"\r\n") == bodies["chain-crlf"].count(b"\n")
    assert bodies["chain-trailing-junk"].endswith(b"business.\n")


def test_retry_after_as_a_date(start_ca: StartCa, connect: Connect) -> None:
    client = connect(start_ca(quirk("authorization", "retry-after-date"), retry_after=60))
    client.register()
    reply = client.post(client.order("one.test").json()["authorizations"][0])
    moment = parsedate_to_datetime(str(reply.header("Retry-After")))
    assert 50 < (moment - datetime.now(UTC)).total_seconds() <= 60
