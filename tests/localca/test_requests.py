"""The rules for every signed request (RFC 8555 section 6)."""

from __future__ import annotations

import json

import pytest

from everseal.acme.jws import b64url, hmac_flattened, sign_flattened
from everseal.localca.server import CaServer
from everseal.model.keys import EcdsaKind, RsaKind
from everseal.model.private_key import PrivateKey
from tests.localca.conftest import Connect
from tests.localca.raw import RawClient


def account_url(client: RawClient) -> str:
    assert client.kid is not None
    return client.kid


def test_the_directory_by_get_and_by_signed_read(member: RawClient, server: CaServer) -> None:
    by_get = member.get(server.directory_url)
    by_post = member.post(server.directory_url)
    assert by_get.json() == by_post.json()
    assert {"newNonce", "newAccount", "newOrder", "newAuthz", "revokeCert"} < set(by_get.json())
    assert {"keyChange", "renewalInfo", "meta"} < set(by_get.json())
    assert set(by_get.json()["meta"]) == {
        "termsOfService",
        "caaIdentities",
        "profiles",
        "externalAccountRequired",
    }
    assert by_get.links("index") == [server.directory_url]
    assert member.get(by_get.json()["meta"]["termsOfService"]).status == 200
    assert member.post(server.directory_url, {}).problem == "malformed"


def test_nonces_come_by_head_and_get_and_with_every_answer(client: RawClient) -> None:
    url = str(client.urls["newNonce"])
    assert client.request("HEAD", url).status == 200
    reply = client.get(url)
    assert (reply.status, reply.header("Cache-Control")) == (204, "no-store")
    assert client.register().header("Replay-Nonce")
    assert client.post(account_url(client), {"status": "nonsense"}).header("Replay-Nonce")


def test_a_nonce_is_good_once(member: RawClient) -> None:
    nonce = member.take_nonce()
    assert member.post(account_url(member), header={"nonce": nonce}).status == 200
    refused = member.post(account_url(member), header={"nonce": nonce})
    assert (refused.status, refused.problem) == (400, "badNonce")
    assert refused.header("Replay-Nonce")
    assert member.post(account_url(member), header={"nonce": None}).problem == "badNonce"
    assert member.post(account_url(member), header={"nonce": 7}).problem == "badNonce"


def test_the_content_type_is_compared_verbatim(member: RawClient) -> None:
    for media_type in ("application/json", "application/jose+json; charset=utf-8"):
        reply = member.post(account_url(member), media_type=media_type)
        assert (reply.status, reply.problem) == (415, "malformed")


def test_a_nonce_in_the_request_headers_is_refused(member: RawClient) -> None:
    signed = sign_flattened(b"", member.protected(account_url(member)), member.key)
    headers = {"Content-Type": "application/jose+json", "Replay-Nonce": "AAAA"}
    reply = member.request("POST", account_url(member), json.dumps(signed).encode(), headers)
    assert reply.problem == "malformed"


@pytest.mark.parametrize(
    ("header", "status", "problem"),
    [
        ({"url": "http://127.0.0.1/elsewhere"}, 401, "unauthorized"),
        ({"url": None}, 401, "unauthorized"),
        ({"kid": None}, 400, "malformed"),
        ({"kid": "http://127.0.0.1/acme/account/none"}, 400, "accountDoesNotExist"),
        ({"kid": 7}, 400, "accountDoesNotExist"),
        ({"b64": False}, 400, "malformed"),
        ({"crit": ["b64"]}, 400, "malformed"),
    ],
)
def test_a_header_that_breaks_a_rule(
    member: RawClient, header: dict[str, object], status: int, problem: str
) -> None:
    reply = member.post(account_url(member), header=header)
    assert (reply.status, reply.problem) == (status, problem)


def test_jwk_and_kid_each_where_it_belongs(member: RawClient) -> None:
    jwk = {"jwk": member.key.public_jwk()}
    assert member.post(account_url(member), header=jwk).problem == "malformed"
    assert member.post(account_url(member), header={**jwk, "kid": None}).problem == "malformed"
    assert member.post(str(member.urls["newAccount"]), {}).problem == "malformed"


def test_keys_that_are_none(client: RawClient) -> None:
    url = str(client.urls["newAccount"])
    private = client.key.to_jwk()
    small = PrivateKey.generate(EcdsaKind()).public_jwk() | {"x": "AAAA"}
    for jwk in (private, small, {"kty": "oct", "k": "AAAA"}, {"kty": "EC"}, "text", {"kty": 1}):
        reply = client.post(url, {}, header={"jwk": jwk})
        assert reply.problem in ("malformed", "badPublicKey")


def test_a_signature_by_another_key(member: RawClient) -> None:
    reply = member.post(account_url(member), signer=PrivateKey.generate(EcdsaKind()))
    assert (reply.status, reply.problem) == (400, "malformed")


def test_algorithms_that_are_not_taken_are_answered_with_those_that_are(member: RawClient) -> None:
    url = account_url(member)
    signed = hmac_flattened(b"", member.protected(url), b"0" * 32, "HS256")
    none = {**signed, "protected": b64url(json.dumps({"alg": "none", "kid": url, "url": url}).encode())}
    for body in (signed, none):
        reply = member.request(
            "POST", url, json.dumps(body).encode(), {"Content-Type": "application/jose+json"}
        )
        assert reply.problem == "badSignatureAlgorithm"
        assert "ES256" in reply.json()["algorithms"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"protected": "e30", "payload": "", "signature": ""}',
        b'{"protected": "e30=", "payload": "", "signature": ""}',
        b'{"protected": "e30", "payload": "", "signatures": []}',
        b'{"protected": "e30", "payload": "", "signature": "", "header": {}}',
        b"[" * 30000,
    ],
)
def test_bodies_that_are_no_signed_request(member: RawClient, body: bytes) -> None:
    headers = {"Content-Type": "application/jose+json"}
    reply = member.request("POST", account_url(member), body, headers)
    assert reply.problem in ("malformed", "badSignatureAlgorithm")


def test_payloads_that_are_no_object(member: RawClient) -> None:
    payloads: tuple[object, ...] = ("text", [], 7)
    for payload in payloads:
        assert member.post(str(member.urls["newOrder"]), payload).problem == "malformed"
    assert member.post(str(member.urls["newOrder"])).problem == "malformed"


def test_only_signed_requests_read_resources(member: RawClient) -> None:
    reply = member.get(account_url(member))
    assert (reply.status, reply.problem) == (405, "malformed")
    assert member.request("DELETE", account_url(member)).status == 405
    assert member.get(member.directory_url + "/nothing").status == 404
    assert member.request("POST", str(member.urls["newNonce"]), b"{}").status == 415


def test_bodies_have_a_limit(member: RawClient) -> None:
    assert member.request("POST", account_url(member), b" " * 50_001).status == 413


def test_weak_keys_are_refused(server: CaServer, connect: Connect) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    client = connect(server)
    jwk = {"kty": "RSA", "n": b64url(numbers.n.to_bytes(128, "big")), "e": "AQAB"}
    reply = client.post(str(client.urls["newAccount"]), {}, header={"jwk": jwk})
    assert reply.problem in ("badPublicKey", "malformed")
    fine = connect(server, PrivateKey.generate(RsaKind(2048)))
    assert fine.register().status == 201
