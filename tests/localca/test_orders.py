from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from everseal.localca.call import timestamp
from everseal.localca.profiles import usual_profiles
from everseal.localca.server import CaServer
from everseal.model.certificate import read_certificate
from everseal.model.keys import EcdsaKind
from everseal.model.names import DnsName
from everseal.model.private_key import PrivateKey
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import MovableClock, RawClient, Reply, Responder


def location(reply: Reply) -> str:
    return str(reply.header("Location"))


def test_what_an_order_says(member: RawClient) -> None:
    reply = member.order("www.one.test", "one.test", "one.test", profile="tlsserver")
    order = reply.json()
    assert order["status"] == "pending"
    assert order["identifiers"] == [
        {"type": "dns", "value": "www.one.test"},
        {"type": "dns", "value": "one.test"},
    ]
    assert len(order["authorizations"]) == 2
    assert order["profile"] == "tlsserver"
    assert "certificate" not in order
    assert member.post(location(reply)).json() == order


@pytest.mark.parametrize(
    ("identifiers", "problem"),
    [
        ([], "malformed"),
        ("one.test", "malformed"),
        ([{"type": "dns"}], "malformed"),
        (["one.test"], "malformed"),
        ([{"type": "dns", "value": "one..test"}], "malformed"),
        ([{"type": "dns", "value": "one.test."}], "malformed"),
        ([{"type": "dns", "value": "bücher.test"}], "malformed"),
        ([{"type": "dns", "value": "a.*.test"}], "malformed"),
        ([{"type": "ip", "value": "127.0.0.01"}], "malformed"),
        ([{"type": "ip", "value": "FC00::1"}], "malformed"),
        ([{"type": "email", "value": "a@one.test"}], "unsupportedIdentifier"),
        ([{"type": "ip", "value": "192.0.2.1"}], "rejectedIdentifier"),
        ([{"type": "dns", "value": "test.example"}], "rejectedIdentifier"),
        ([{"type": "dns", "value": "*.example"}], "rejectedIdentifier"),
        ([{"type": "dns", "value": f"n{n}.test"} for n in range(201)], "malformed"),
        ([{"type": "dns", "value": f"n{n}.test"} for n in range(101)], "rejectedIdentifier"),
    ],
)
def test_identifiers_that_are_refused(member: RawClient, identifiers: object, problem: str) -> None:
    assert member.post(str(member.urls["newOrder"]), {"identifiers": identifiers}).problem == problem


def test_rejected_identifiers_are_named_one_by_one(member: RawClient) -> None:
    reply = member.order("one.test", "example.com", "example.org")
    parts = reply.json()["subproblems"]
    assert [part["identifier"]["value"] for part in parts] == ["example.com", "example.org"]
    assert all(part["type"].endswith(":rejectedIdentifier") for part in parts)


def test_profiles(member: RawClient) -> None:
    assert set(member.urls["meta"]["profiles"]) == {"default", "classic", "tlsserver", "shortlived"}
    assert member.order("one.test", profile="unknown").problem == "invalidProfile"
    assert member.order("one.test", profile=7).problem == "invalidProfile"
    assert member.order("127.0.0.1", profile="classic").problem == "invalidProfile"
    assert member.order("127.0.0.1", profile="shortlived").status == 201
    assert "profile" not in member.order("one.test").json()


def test_a_certificate_of_minutes(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    client = connect(start_ca(profiles=usual_profiles(timedelta(minutes=6))))
    facts = read_certificate(client.obtain(responder, "one.test").body)
    now = datetime.now(UTC)
    assert timedelta(minutes=6) - facts.lifetime < timedelta(seconds=2)
    assert now - timedelta(minutes=1) < facts.not_before <= now
    assert facts.not_after > now + timedelta(minutes=5)


def test_wished_times_are_kept_within_the_profile(member: RawClient, responder: Responder) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    end = now + timedelta(days=2)
    facts = read_certificate(member.obtain(responder, "one.test", notAfter=end.isoformat()).body)
    assert facts.not_after == end
    start = now - timedelta(minutes=30)
    order = member.order("one.test", notBefore=start.isoformat(), notAfter=end.isoformat())
    assert order.json()["notBefore"] == timestamp(start.timestamp())
    for wish in (
        {"notAfter": (now + timedelta(days=30)).isoformat()},
        {"notAfter": (now - timedelta(days=1)).isoformat()},
        {"notBefore": (now - timedelta(days=3)).isoformat()},
        {"notBefore": "yesterday"},
        {"notBefore": "2026-01-01T00:00:00"},
    ):
        assert member.order("one.test", **wish).problem == "malformed"


def test_a_leaf_never_begins_before_its_issuer(member: RawClient, responder: Responder) -> None:
    facts = read_certificate(member.obtain(responder, "one.test", profile="classic").body)
    issuer = member.get(member.directory_url.replace("/directory", "/root.pem"))
    assert facts.not_before >= read_certificate(issuer.body).not_before


def test_a_failed_proof_spoils_the_order(member: RawClient, responder: Responder) -> None:
    order = member.order("one.test", "two.test")
    for url in order.json()["authorizations"]:
        member.post(member.challenge(url)["url"], {})
        member.wait(url, "pending")
    done = member.post(location(order)).json()
    assert done["status"] == "invalid"
    assert done["error"]["type"].endswith(":compound")
    assert [one["identifier"]["value"] for one in done["error"]["subproblems"]] == ["one.test", "two.test"]
    assert done["error"]["subproblems"][0]["type"].endswith(":unauthorized")
    authorization = member.post(order.json()["authorizations"][0]).json()
    (challenge,) = authorization["challenges"]
    assert (authorization["status"], challenge["status"]) == ("invalid", "invalid")
    assert "404" in challenge["error"]["detail"]
    refused = member.finalize(order)
    assert (refused.status, refused.problem) == (403, "orderNotReady")


def test_an_order_that_is_not_ready_is_not_finalized(member: RawClient) -> None:
    refused = member.finalize(member.order("one.test"))
    assert (refused.status, refused.problem) == (403, "orderNotReady")


def csr(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    *names: x509.GeneralName,
    common_name: str | None = None,
    must_staple: bool = False,
) -> bytes:
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if must_staple:
        feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
        builder = builder.add_extension(feature, critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)


def test_requests_that_are_refused_leave_the_order_ready(member: RawClient, responder: Responder) -> None:
    order = member.order("one.test")
    member.prove(order, responder)
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.DNSName("one.test")
    account_key = serialization.load_pem_private_key(member.key.to_pem(), None)
    assert isinstance(account_key, ec.EllipticCurvePrivateKey)
    good = csr(key, name)
    refused = {
        "no request": b"\x30\x00",
        "nothing": b"",
        "too long": b"\x30" * 25_001,
        "broken signature": good[:-5] + bytes([good[-5] ^ 1]) + good[-4:],
        "no names": csr(key),
        "another name": csr(key, x509.DNSName("two.test")),
        "one more name": csr(key, name, x509.DNSName("two.test")),
        "another common name": csr(key, name, common_name="two.test"),
        "a common name that is none": csr(key, name, common_name="not a name"),
        "an e-mail address": csr(key, name, x509.RFC822Name("a@one.test")),
        "must staple": csr(key, name, must_staple=True),
        "the account key": csr(account_key, name),
        "a weak key": csr(rsa.generate_private_key(65537, 1024), name),
        "an odd exponent": csr(rsa.generate_private_key(3, 2048), name),
        "an odd curve": csr(ec.generate_private_key(ec.SECP256K1()), name),
        "an Ed25519 key": csr(ed25519.Ed25519PrivateKey.generate(), name),
    }
    for what, der in refused.items():
        assert member.finalize(order, csr=der).problem == "badCSR", what
    assert member.post(order.json()["finalize"], {"csr": "a+b="}).problem == "badCSR"
    assert member.post(order.json()["finalize"], {}).problem == "badCSR"
    assert member.post(location(order)).json()["status"] == "ready"
    assert member.finalize(order, csr=csr(key, name, common_name="one.test")).json()["status"] == "processing"
    assert member.wait(location(order), "processing")["status"] == "valid"
    assert member.finalize(order).problem == "orderNotReady"


def test_everything_at_once(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    client = connect(start_ca(at_once=True))
    client.register()
    order = client.order("one.test")
    challenge = client.challenge(order.json()["authorizations"][0])
    authorization = client.key_authorization(challenge["token"]).encode()
    responder.pages[f"/.well-known/acme-challenge/{challenge['token']}"] = authorization
    assert client.post(challenge["url"], {}).json()["status"] == "valid"
    reply = client.finalize(order)
    assert reply.json()["status"] == "valid"
    assert location(reply) == location(order)


def test_retry_after_while_something_is_in_the_works(
    start_ca: StartCa, connect: Connect, responder: Responder
) -> None:
    client = connect(start_ca(retry_after=3))
    client.register()
    order = client.order("one.test")
    assert client.post(order.json()["authorizations"][0]).header("Retry-After") == "3"
    client.prove(order, responder)
    assert client.post(order.json()["authorizations"][0]).header("Retry-After") is None
    assert client.finalize(order).header("Retry-After") == "3"


def test_orders_of_others_are_closed(server: CaServer, connect: Connect) -> None:
    one, two = connect(server), connect(server)
    one.register()
    two.register()
    order = one.order("one.test")
    assert two.post(location(order)).status == 403
    assert two.finalize(order).status == 403
    assert one.post(location(order)[:-2] + "xx").status == 404


def test_an_order_expires(member: RawClient, clock: MovableClock) -> None:
    order = member.order("one.test")
    clock.ahead += timedelta(hours=2)
    assert member.post(order.json()["authorizations"][0]).json()["status"] == "expired"
    later = member.post(location(order)).json()
    assert (later["status"], later["error"]["type"][-12:]) == ("invalid", "unauthorized")


def test_a_ready_order_expires_too(member: RawClient, responder: Responder, clock: MovableClock) -> None:
    order = member.order("one.test")
    member.prove(order, responder)
    clock.ahead += timedelta(days=1, hours=-1)
    assert member.post(location(order)).json()["status"] == "ready"
    clock.ahead += timedelta(hours=2)
    assert member.post(location(order)).json()["status"] == "invalid"


def test_open_orders_are_handed_out_again_where_the_ca_does_so(start_ca: StartCa, connect: Connect) -> None:
    client = connect(start_ca(reuse_orders=True))
    client.register()
    first = client.order("one.test", "two.test")
    assert location(client.order("two.test", "one.test")) == location(first)
    assert location(client.order("one.test")) != location(first)
    assert location(client.order("one.test", "two.test", profile="classic")) != location(first)


def test_valid_authorizations_are_used_again_where_the_ca_does_so(
    start_ca: StartCa, connect: Connect, responder: Responder
) -> None:
    server = start_ca(reuse_authorizations=True)
    client, stranger = connect(server), connect(server)
    client.obtain(responder, "one.test")
    again = client.order("one.test")
    assert again.json()["status"] == "ready"
    assert client.order("*.one.test").json()["status"] == "pending"
    stranger.register()
    assert stranger.order("one.test").json()["status"] == "pending"


def test_every_order_is_proved_anew_by_default(member: RawClient, responder: Responder) -> None:
    member.obtain(responder, "one.test")
    assert member.order("one.test").json()["status"] == "pending"


def test_a_key_is_taken_for_many_certificates(member: RawClient, responder: Responder) -> None:
    key = PrivateKey.generate(EcdsaKind())
    first, second = (read_certificate(member.obtain(responder, "one.test", key=key).body) for _ in range(2))
    assert first.serial != second.serial
    assert first.spki_sha256 == second.spki_sha256
    assert first.identifiers == (DnsName("one.test"),)
