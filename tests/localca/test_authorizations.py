from __future__ import annotations

from datetime import timedelta

from everseal.localca.server import CaServer
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import MovableClock, RawClient, Responder


def test_what_authorizations_offer(member: RawClient) -> None:
    kinds = {}
    for name in ("one.test", "*.one.test", "127.0.0.1"):
        body = member.post(member.order(name).json()["authorizations"][0]).json()
        kinds[name] = [challenge["type"] for challenge in body["challenges"]]
        assert all(len(challenge["token"]) == 43 for challenge in body["challenges"])
        assert body["identifier"]["value"] == name.removeprefix("*.")
        assert body.get("wildcard", False) is name.startswith("*.")
    assert kinds == {
        "one.test": ["http-01", "dns-01", "tls-alpn-01"],
        "*.one.test": ["dns-01"],
        "127.0.0.1": ["http-01", "tls-alpn-01"],
    }


def test_a_challenge_runs_once(member: RawClient, responder: Responder) -> None:
    order = member.order("one.test")
    url = order.json()["authorizations"][0]
    member.prove(order, responder)
    challenge = member.post(url).json()["challenges"][0]
    asked = len(responder.requests)
    reply = member.post(challenge["url"], {})
    assert (reply.status, reply.json()["status"]) == (200, "valid")
    assert reply.links("up") == [url]
    assert "validated" in reply.json()
    assert len(responder.requests) == asked
    assert member.post(challenge["url"]).json() == reply.json()


def test_other_challenges_of_a_decided_authorization_are_closed(
    member: RawClient, responder: Responder
) -> None:
    order = member.order("one.test")
    other = member.challenge(order.json()["authorizations"][0], "tls-alpn-01")
    member.prove(order, responder)
    assert member.post(other["url"], {}).problem == "malformed"
    assert member.post(other["url"], "text").problem == "malformed"


def test_deactivation(member: RawClient, responder: Responder) -> None:
    order = member.order("one.test")
    url = order.json()["authorizations"][0]
    member.prove(order, responder)
    assert member.post(url, {"status": "valid"}).problem == "malformed"
    assert member.post(url, {"status": "deactivated"}).json()["status"] == "deactivated"
    assert member.post(url, {"status": "deactivated"}).problem == "malformed"
    assert member.post(str(order.header("Location"))).json()["status"] == "invalid"


def test_what_belongs_to_others_is_closed(server: CaServer, connect: Connect) -> None:
    one, two = connect(server), connect(server)
    one.register()
    two.register()
    url = one.order("one.test").json()["authorizations"][0]
    challenge = one.challenge(url)["url"]
    for reply in (two.post(url), two.post(challenge), two.post(challenge, {}), two.post(url, {})):
        assert reply.status == 403
    assert one.post(url[:-2] + "xx").status == 404
    assert one.post(challenge[:-2] + "xx").status == 404


def test_authorizations_in_advance(member: RawClient, responder: Responder) -> None:
    url = str(member.urls["newAuthz"])
    reply = member.post(url, {"identifier": {"type": "dns", "value": "one.test"}})
    assert (reply.status, reply.json()["status"]) == (201, "pending")
    authorization = str(reply.header("Location"))
    challenge = member.challenge(authorization)
    path = f"/.well-known/acme-challenge/{challenge['token']}"
    responder.pages[path] = member.key_authorization(challenge["token"]).encode()
    member.post(challenge["url"], {})
    assert member.wait(authorization, "pending")["status"] == "valid"
    order = member.order("one.test").json()
    assert (order["status"], order["authorizations"]) == ("ready", [authorization])
    assert member.post(url, {"identifier": {"type": "dns", "value": "*.one.test"}}).problem == "malformed"
    outside = {"identifier": {"type": "dns", "value": "example.com"}}
    assert member.post(url, outside).problem == "rejectedIdentifier"
    assert member.post(url, {}).problem == "malformed"


def test_without_authorizations_in_advance(start_ca: StartCa, connect: Connect) -> None:
    client = connect(start_ca(pre_authorization=False))
    client.register()
    assert "newAuthz" not in client.urls
    url = client.directory_url.replace("/directory", "/acme/new-authz")
    assert client.post(url, {"identifier": {"type": "dns", "value": "one.test"}}).status == 404


def test_a_valid_authorization_grows_old(
    member: RawClient, responder: Responder, clock: MovableClock
) -> None:
    order = member.order("one.test")
    member.prove(order, responder)
    url = order.json()["authorizations"][0]
    clock.ahead += timedelta(days=2)
    assert member.post(url).json()["status"] == "expired"


def test_a_deactivated_account_validates_nothing(
    start_ca: StartCa, connect: Connect, responder: Responder, clock: MovableClock
) -> None:
    from everseal.localca.faults import Pause as Wait
    from everseal.localca.faults import Rule

    server = start_ca(Rule("challenge", Wait(0)))
    client = connect(server)
    client.register()
    order = client.order("one.test")
    challenge = client.challenge(order.json()["authorizations"][0])
    client.post(str(client.kid), {"status": "deactivated"})
    assert client.post(challenge["url"], {}).status == 401
