from __future__ import annotations

import json

import pytest

from everseal.acme.jws import HmacAlgorithm, hmac_flattened, sign_flattened
from everseal.localca.faults import quirk
from everseal.localca.server import CaServer
from everseal.model.keys import EcdsaKind
from everseal.model.private_key import PrivateKey
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import RawClient, Reply

EXTERNAL_KEY = b"0123456789abcdef0123456789abcdef"


def new_account(client: RawClient, **members: object) -> Reply:
    client.kid = None
    return client.post(str(client.urls["newAccount"]), members)


def binding(
    client: RawClient,
    *,
    identity: str = "customer-1",
    key: bytes = EXTERNAL_KEY,
    alg: HmacAlgorithm = "HS256",
    **header: object,
) -> dict[str, str]:
    protected: dict[str, object] = {"kid": identity, "url": str(client.urls["newAccount"]), **header}
    return hmac_flattened(json.dumps(client.key.public_jwk()).encode(), protected, key, alg)


def change_key(client: RawClient, new: PrivateKey, **inner: object) -> Reply:
    url = str(client.urls["keyChange"])
    payload = {"account": client.kid, "oldKey": client.key.public_jwk()}
    header = {"jwk": new.public_jwk(), "url": url, **inner}
    signed = sign_flattened(json.dumps(payload).encode(), header, new)
    return client.post(url, signed)


def test_new_found_read_changed_deactivated(client: RawClient) -> None:
    first = client.register(contact=["mailto:admin@one.test"])
    assert (first.status, first.json()["status"]) == (201, "valid")
    assert client.post(str(client.kid)).json()["contact"] == ["mailto:admin@one.test"]
    changed = client.post(str(client.kid), {"contact": []})
    assert changed.json()["contact"] == []
    url = client.kid
    again = new_account(client, onlyReturnExisting=True)
    assert (again.status, again.header("Location")) == (200, url)
    client.kid = url
    assert client.post(str(url), {"status": "valid", "termsOfServiceAgreed": True}).status == 200
    assert client.post(str(url), {"status": "revoked"}).problem == "malformed"
    assert client.post(str(url), {"status": "deactivated"}).json()["status"] == "deactivated"
    refused = client.post(str(url))
    assert (refused.status, refused.problem) == (401, "unauthorized")
    assert new_account(client).problem == "unauthorized"


def test_an_account_that_is_not_there_is_not_made(client: RawClient) -> None:
    assert new_account(client, onlyReturnExisting=True).problem == "accountDoesNotExist"
    refused = new_account(client)
    assert (refused.status, refused.problem) == (403, "userActionRequired")
    assert refused.links("terms-of-service") == [client.urls["meta"]["termsOfService"]]


def test_without_terms_nobody_has_to_agree(start_ca: StartCa, connect: Connect) -> None:
    client = connect(start_ca(terms=False))
    assert "termsOfService" not in client.urls["meta"]
    assert new_account(client).status == 201


@pytest.mark.parametrize(
    ("contact", "problem"),
    [
        (["tel:+123"], "unsupportedContact"),
        (["mailto:a@one.test,b@one.test"], "invalidContact"),
        (["mailto:a@one.test?subject=x"], "invalidContact"),
        (["mailto:nobody"], "invalidContact"),
        (["mailto:ä@one.test"], "invalidContact"),
        ([7], "invalidContact"),
        ("mailto:a@one.test", "malformed"),
    ],
)
def test_contacts(client: RawClient, contact: object, problem: str) -> None:
    assert client.register(contact=contact).problem == problem


def test_accounts_of_others_are_closed(server: CaServer, connect: Connect) -> None:
    one, two = connect(server), connect(server)
    one.register()
    two.register()
    assert two.post(str(one.kid)).status == 403
    orders = one.post(str(one.kid)).json()["orders"]
    assert two.post(orders).status == 403


def test_the_list_of_orders_comes_in_pages(start_ca: StartCa, connect: Connect) -> None:
    client = connect(start_ca(orders_per_page=2))
    client.register()
    made = [client.order("one.test").header("Location") for _ in range(5)]
    page = client.post(str(client.kid)).json()["orders"]
    seen: list[str] = []
    sizes = []
    while True:
        reply = client.post(page)
        seen += reply.json()["orders"]
        sizes.append(len(reply.json()["orders"]))
        following = reply.links("next")
        if not following:
            break
        (page,) = following
    assert sorted(seen) == sorted(str(url) for url in made)
    assert sizes == [2, 2, 1]
    assert client.post(client.post(str(client.kid)).json()["orders"] + "?cursor=x").problem == "malformed"


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_external_binding(start_ca: StartCa, connect: Connect, alg: HmacAlgorithm) -> None:
    client = connect(start_ca(external_keys={"customer-1": EXTERNAL_KEY}, external_account_required=True))
    assert client.urls["meta"]["externalAccountRequired"] is True
    assert client.register().problem == "externalAccountRequired"
    assert client.register(externalAccountBinding="x").problem == "malformed"
    bound = binding(client, alg=alg)
    reply = client.register(externalAccountBinding=bound)
    assert (reply.status, reply.json()["externalAccountBinding"]) == (201, bound)


def test_external_bindings_that_do_not_hold(start_ca: StartCa, connect: Connect) -> None:
    server = start_ca(external_keys={"customer-1": EXTERNAL_KEY})
    client, other = connect(server), connect(server)
    cases = {
        "unauthorized": [binding(client, identity="unknown"), binding(client, key=b"x" * 32)],
        "malformed": [
            binding(client, nonce="AAAA"),
            binding(client, url="https://elsewhere.test/"),
            binding(other),
            {**binding(client), "payload": "!"},
            sign_flattened(b"{}", {"kid": "customer-1", "url": str(client.urls["newAccount"])}, client.key),
        ],
    }
    for problem, bindings in cases.items():
        for one in bindings:
            assert client.register(externalAccountBinding=one).problem == problem
    assert client.register(externalAccountBinding=binding(client)).status == 201


def test_an_external_key_that_has_expired(start_ca: StartCa, connect: Connect) -> None:
    server = start_ca(quirk("newAccount", "external-key-expired"), external_keys={"customer-1": EXTERNAL_KEY})
    client = connect(server)
    refused = client.register(externalAccountBinding=binding(client))
    assert (refused.status, refused.problem) == (401, "unauthorized")
    assert refused.json()["detail"] == "the external account key has expired"


def test_an_external_key_that_is_good_once(start_ca: StartCa, connect: Connect) -> None:
    server = start_ca(quirk("newAccount", "external-key-once"), external_keys={"customer-1": EXTERNAL_KEY})
    one, two = connect(server), connect(server)
    assert one.register(externalAccountBinding=binding(one)).status == 201
    assert two.register(externalAccountBinding=binding(two)).problem == "unauthorized"


def test_key_change(member: RawClient) -> None:
    old, new = member.key, PrivateKey.generate(EcdsaKind("secp384r1"))
    url = member.kid
    assert change_key(member, new).status == 200
    assert member.post(str(url)).problem == "malformed"
    member.key = new
    assert member.post(str(url)).status == 200
    assert new_account(member, onlyReturnExisting=True).header("Location") == url
    member.key, member.kid = old, None
    assert new_account(member, onlyReturnExisting=True).problem == "accountDoesNotExist"


def test_key_change_to_a_key_in_use(server: CaServer, connect: Connect) -> None:
    one, two = connect(server), connect(server)
    one.register()
    two.register()
    reply = change_key(two, one.key)
    assert (reply.status, reply.header("Location")) == (409, one.kid)


def test_key_changes_that_are_refused(member: RawClient) -> None:
    new = PrivateKey.generate(EcdsaKind())
    assert change_key(member, new, nonce="AAAA").problem == "malformed"
    assert change_key(member, new, url="https://elsewhere.test/").problem == "malformed"
    assert change_key(member, new, kid="x").problem == "malformed"
    url = str(member.urls["keyChange"])
    for payload in (
        {"account": member.kid, "oldKey": new.public_jwk()},
        {"account": "nobody", "oldKey": member.key.public_jwk()},
        {"account": member.kid},
    ):
        inner = sign_flattened(json.dumps(payload).encode(), {"jwk": new.public_jwk(), "url": url}, new)
        assert member.post(url, inner).problem in ("malformed", "accountDoesNotExist")
    foreign = sign_flattened(b"{}", {"jwk": new.public_jwk(), "url": url}, member.key)
    assert member.post(url, foreign).problem == "malformed"
    assert member.post(url, {"protected": "e30"}).problem == "malformed"
