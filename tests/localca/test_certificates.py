"""Downloads, renewal information, revocation, and the list of what was revoked."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from everseal.acme.jws import b64url
from everseal.localca.ca import LocalCa
from everseal.localca.server import CaServer
from everseal.model.certificate import read_certificate
from everseal.model.keys import EcdsaKind
from everseal.model.private_key import PrivateKey
from tests.acme.identifiers import cert_id
from tests.localca.conftest import Connect
from tests.localca.raw import MovableClock, RawClient, Reply, Responder


def der(reply: Reply) -> bytes:
    leaf = x509.load_pem_x509_certificates(reply.body)[0]
    return leaf.public_bytes(serialization.Encoding.DER)


def revoke(client: RawClient, certificate: bytes, **members: object) -> Reply:
    return client.post(str(client.urls["revokeCert"]), {"certificate": b64url(certificate), **members})


def crl(client: RawClient, ca: LocalCa) -> x509.CertificateRevocationList:
    reply = client.get(client.directory_url.replace("/directory", "/crl/intermediate.crl"))
    assert reply.header("Content-Type") == "application/pkix-crl"
    revoked = x509.load_der_x509_crl(reply.body)
    assert revoked.is_signature_valid(ca.authority.issuer.key.public_key())
    return revoked


def renewal_info(client: RawClient, certificate_id: str) -> Reply:
    return client.get(f"{client.urls['renewalInfo']}/{certificate_id}")


def test_downloads_are_the_accounts_own(server: CaServer, connect: Connect, responder: Responder) -> None:
    one, two = connect(server), connect(server)
    reply = one.obtain(responder, "one.test")
    two.register()
    alternate = reply.links("alternate")[0]
    assert two.post(alternate).status == 403
    assert one.post(alternate, {}).problem == "malformed"
    assert one.post(alternate[:-1] + "7").status == 404
    assert one.post(alternate.replace("/cert/", "/cert/x")).status == 404


@pytest.mark.parametrize("reason", [0, 1, 4, 5])
def test_revoked_by_the_account(member: RawClient, responder: Responder, ca: LocalCa, reason: int) -> None:
    reply = member.obtain(responder, "one.test")
    serial = x509.load_pem_x509_certificates(reply.body)[0].serial_number
    assert len(crl(member, ca)) == 0
    assert revoke(member, der(reply), reason=reason).status == 200
    again = revoke(member, der(reply), reason=reason)
    assert (again.status, again.problem) == (400, "alreadyRevoked")
    entry = crl(member, ca).get_revoked_certificate_by_serial_number(serial)
    assert entry is not None
    flags = [extension.value for extension in entry.extensions]
    assert len(flags) == (1 if reason else 0)


def test_reasons_that_nobody_may_give(member: RawClient, responder: Responder) -> None:
    reply = member.obtain(responder, "one.test")
    for reason in (2, 3, 6, 7, 9, -1, "1", True, None):
        assert revoke(member, der(reply), reason=reason).problem == "badRevocationReason"
    assert revoke(member, der(reply)).status == 200


def test_revoked_by_the_certificate_key_which_is_blocked_from_then_on(
    server: CaServer, connect: Connect, responder: Responder, ca: LocalCa
) -> None:
    key = PrivateKey.generate(EcdsaKind())
    owner = connect(server)
    first, second = (owner.obtain(responder, "one.test", key=key) for _ in range(2))
    finder = connect(server, key)
    assert revoke(finder, der(first), reason=4).status == 200
    revoked = crl(owner, ca)
    assert len(revoked) == 2
    for entry in revoked:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        assert reason == x509.ReasonFlags.key_compromise
    assert revoke(owner, der(second)).problem == "alreadyRevoked"
    order = owner.order("one.test")
    owner.prove(order, responder)
    assert owner.finalize(order, key).problem == "badCSR"
    assert finder.register().problem == "badPublicKey"


def test_revoked_by_who_holds_the_names(
    server: CaServer, connect: Connect, responder: Responder, ca: LocalCa
) -> None:
    owner, other = connect(server), connect(server)
    reply = owner.obtain(responder, "one.test", "two.test")
    other.register()
    order = other.order("one.test")
    other.prove(order, responder)
    refused = revoke(other, der(reply))
    assert (refused.status, refused.problem) == (403, "unauthorized")
    other.prove(other.order("two.test"), responder)
    assert revoke(other, der(reply), reason=1).status == 200
    (entry,) = crl(owner, ca)
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason == x509.ReasonFlags.cessation_of_operation


def test_revocations_that_are_refused(
    server: CaServer, connect: Connect, responder: Responder, ca: LocalCa
) -> None:
    owner, stranger = connect(server), connect(server)
    reply = owner.obtain(responder, "one.test")
    assert revoke(stranger, der(reply)).problem == "unauthorized"
    foreign = ssl.PEM_cert_to_DER_cert(ca.root_pem.decode())
    assert (revoke(owner, foreign).status, revoke(owner, foreign).problem) == (404, "malformed")
    assert revoke(owner, b"rubbish").problem == "malformed"
    assert owner.post(str(owner.urls["revokeCert"]), {"certificate": 7}).problem == "malformed"


def test_the_revocation_list_is_signed_anew_in_time(
    member: RawClient, ca: LocalCa, clock: MovableClock
) -> None:
    first, same = crl(member, ca), crl(member, ca)
    assert first == same
    clock.ahead += timedelta(hours=13)
    later = crl(member, ca)
    numbers = [
        one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for one in (first, later)
    ]
    assert numbers == [1, 2]


def test_renewal_info(member: RawClient, responder: Responder, server: CaServer) -> None:
    facts = read_certificate(member.obtain(responder, "one.test").body)
    reply = renewal_info(member, cert_id(facts))
    window = reply.json()["suggestedWindow"]
    start, end = (datetime.fromisoformat(window[name]) for name in ("start", "end"))
    middle = facts.not_before + facts.lifetime / 2
    assert abs((start + (end - start) / 2) - middle) < timedelta(seconds=2)
    assert reply.header("Retry-After") == "21600"
    override = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    assert server.suggest_window(cert_id(facts), override, override + 60, explanation_url="https://why.test/")
    changed = renewal_info(member, cert_id(facts)).json()
    assert changed["explanationURL"] == "https://why.test/"
    assert datetime.fromisoformat(changed["suggestedWindow"]["end"]) < datetime.now(UTC)
    assert not server.suggest_window("unknown", 1, 2)
    assert renewal_info(member, "AAAA.BBBB").status == 404
    assert renewal_info(member, "").status == 404


def test_renewal_info_of_long_and_of_revoked_certificates(member: RawClient, responder: Responder) -> None:
    reply = member.obtain(responder, "one.test", profile="classic")
    facts = read_certificate(reply.body)
    window = renewal_info(member, cert_id(facts)).json()["suggestedWindow"]
    start = datetime.fromisoformat(window["start"])
    assert abs(start - (facts.not_before + facts.lifetime * 2 / 3)) < facts.lifetime / 90
    revoke(member, der(reply))
    window = renewal_info(member, cert_id(facts)).json()["suggestedWindow"]
    assert datetime.fromisoformat(window["end"]) <= datetime.now(UTC)
    assert datetime.fromisoformat(window["start"]) < datetime.fromisoformat(window["end"])


def test_replacing(server: CaServer, connect: Connect, responder: Responder) -> None:
    client, stranger = connect(server), connect(server)
    stranger.register()
    facts = read_certificate(client.obtain(responder, "one.test", "two.test").body)
    identity = cert_id(facts)
    assert client.order("three.test", replaces=identity).problem == "malformed"
    assert client.order("one.test", replaces="AAAA.BBBB").problem == "malformed"
    assert client.order("one.test", replaces=7).problem == "malformed"
    assert stranger.order("one.test", replaces=identity).problem == "unauthorized"
    order = client.order("one.test", replaces=identity)
    assert order.json()["replaces"] == identity
    refused = client.order("two.test", replaces=identity)
    assert (refused.status, refused.problem) == (409, "alreadyReplaced")
    client.post(order.json()["authorizations"][0], {"status": "deactivated"})
    assert client.order("two.test", replaces=identity).status == 201
