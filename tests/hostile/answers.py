"""The CA's answers: each through the verb that asks for it, with whatever headers and status come along."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random

from everseal.acme.challenges import Challenge
from everseal.acme.client import Client
from everseal.acme.objects import Order
from everseal.acme.states import ChallengeStatus, OrderStatus
from everseal.model.certificate import read_certificate
from everseal.model.keys import EcdsaKind
from everseal.model.names import DnsName
from everseal.model.private_key import PrivateKey
from everseal.model.soundness import check_version
from everseal.system.http import HttpResponse
from tests.acme.certificates import make_chain
from tests.acme.fake_ca import ACCOUNT_URL, DIRECTORY, DIRECTORY_URL, NOON, ORDER_URL, ROOT, FakeCa, account
from tests.acme.identifiers import cert_id
from tests.hostile.mutation import Mutate, damage_bytes, damage_json
from tests.hostile.reader import Read, Reader

KEY = PrivateKey.generate(EcdsaKind())
NAME = DnsName("www.example.com")
ME = account(KEY)
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
AUTHORIZATION_URL = f"{ROOT}/authz/1"

ORDER: Mapping[str, object] = {
    "status": "valid",
    "expires": "2026-11-25T12:00:00Z",
    "identifiers": [{"type": "dns", "value": "www.example.com"}],
    "authorizations": [f"{ROOT}/authz/1", f"{ROOT}/authz/2"],
    "finalize": f"{ROOT}/finalize/1",
    "certificate": f"{ROOT}/certificate/1",
    "profile": "classic",
    "replaces": "a.b",
    "notBefore": "2026-11-24T12:00:00Z",
    "error": None,
}
PROBLEM: Mapping[str, object] = {
    "type": "urn:ietf:params:acme:error:rateLimited",
    "title": "Too many",
    "detail": "too many, retry after 2026-11-25 02:10:00 UTC: see https://ca.example/limits",
    "status": 429,
    "instance": "https://ca.example/terms",
    "algorithms": ["ES256"],
    "identifier": {"type": "dns", "value": "www.example.com"},
    "subproblems": [
        {
            "type": "urn:ietf:params:acme:error:caa",
            "detail": "no",
            "identifier": {"type": "ip", "value": "192.0.2.1"},
        }
    ],
}
INVALID: Mapping[str, object] = {**ORDER, "status": "invalid", "error": PROBLEM}
CHALLENGE: Mapping[str, object] = {
    "type": "http-01",
    "url": f"{ROOT}/challenge/1",
    "status": "invalid",
    "token": TOKEN,
    "validated": "2026-11-24T12:00:00Z",
    "error": PROBLEM,
}
AUTHORIZATION: Mapping[str, object] = {
    "status": "invalid",
    "expires": "2026-11-25T12:00:00Z",
    "identifier": {"type": "dns", "value": "www.example.com"},
    "challenges": [CHALLENGE, {**CHALLENGE, "type": "dns-01", "error": None}, {"type": "new-99"}],
    "wildcard": True,
}
ACCOUNT: Mapping[str, object] = {
    "status": "valid",
    "contact": ["mailto:a@example.com"],
    "termsOfServiceAgreed": True,
    "orders": f"{ROOT}/account/1/orders",
}
RENEWAL_INFO: Mapping[str, object] = {
    "suggestedWindow": {"start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"},
    "explanationURL": "https://ca.example/why",
}
ODD_HEADERS = (
    ("Retry-After", "3"),
    ("Retry-After", "-1"),
    ("Retry-After", "9" * 400),
    ("Retry-After", "Fri, 31 Dec 9999 23:59:59 +2359"),
    ("Retry-After", "Wed, 32 Foo 2026 25:61:61 GMT"),
    ("Retry-After", "\u0663"),
    ("Replay-Nonce", ""),
    ("Replay-Nonce", "\x00"),
    ("Replay-Nonce", "a" * 5000),
    ("Location", ""),
    ("Location", "//[::1"),
    ("Location", f"{ROOT}/order/1"),
    ("Location", "https://elsewhere.example/order"),
    ("Location", "\x1b[31m"),
    ("Link", '<>;rel="alternate"'),
    ("Link", f'<{ROOT}/certificate/2>;rel="alternate", <//[>;rel=alternate;x'),
    ("Link", '<a>;rel="help";' * 200),
    ("Link", "<" * 3000),
    ("Link", f'<{ROOT}/terms>;rel="terms-of-service"'),
    ("Content-Type", "text/html; charset=\xff"),
    ("Content-Type", ""),
    ("Date", "Tue, 24 Nov 2026 12:00:00 GMT"),
    ("Date", "Tue, 24 Nov 20260 12:00:00 GMT"),
)
STATUSES = (200, 200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 429, 500, 503, 999)
CONTENT_TYPES = ("application/json", "application/problem+json", "application/pem-certificate-chain")
LEAF = read_certificate(make_chain("Root"))


def answers() -> list[Reader]:
    """The first four octets of a sample are the seed of what is around the rest."""
    return [*_about_the_ca(), *_about_orders(), *_about_proofs(), *_about_certificates()]


def _asked(
    name: str,
    url: str,
    bodies: Sequence[Mapping[str, object]],
    verb: Callable[[Client], object],
    share: int = 1,
) -> Reader:
    """A resource with sound answers, and a verb of the client that asks for it."""
    samples = [b"0000" + json.dumps(each).encode() for each in bodies]
    return Reader(name, samples, _damage_answer(damage_json), _answered(url, verb), share, is_answer=True)


def _answered(url: str, verb: Callable[[Client], object]) -> Read:
    def read(data: bytes) -> object:
        ca = FakeCa()
        status, headers = around(data[:4])
        ca.on(ORDER_URL, HttpResponse(200, (), json.dumps({**ORDER, "status": "ready"}).encode()))
        ca.on(AUTHORIZATION_URL, HttpResponse(200, (), json.dumps(AUTHORIZATION).encode()))
        ca.on(f"{ROOT}/new-account", HttpResponse(200, (("Location", ACCOUNT_URL),), b"{}"))
        ca.on(url, HttpResponse(status, headers, data[4:]))
        return verb(ca.client(remembered=None if url == DIRECTORY_URL else DIRECTORY))

    return read


def around(seed: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Status and headers, mostly odd ones."""
    chance = Random(seed)
    content_type = ("Content-Type", chance.choice(CONTENT_TYPES))
    headers = (content_type, *chance.sample(ODD_HEADERS, chance.randrange(4)))
    return chance.choice(STATUSES), headers


def _about_the_ca() -> list[Reader]:
    """The directory and the account."""
    new_account, new_key = f"{ROOT}/new-account", PrivateKey.generate(EcdsaKind())

    def change_key(client: Client) -> object:
        return client.change_key(ME, new_key)

    return [
        _asked("directory", DIRECTORY_URL, [DIRECTORY], lambda ca: [ca.directory(), change_key(ca)]),
        _asked("nonce", f"{ROOT}/nonce", [{}], _order),
        _asked("registration", new_account, [ACCOUNT, PROBLEM], lambda ca: ca.register(KEY)),
        _asked("found account", new_account, [ACCOUNT], lambda ca: ca.find_account(KEY)),
        _asked("account", ACCOUNT_URL, [ACCOUNT], lambda ca: ca.read_account(ME)),
        _asked("new key", f"{ROOT}/key-change", [{}, PROBLEM], change_key),
    ]


def _about_orders() -> list[Reader]:
    def new_order(ca: Client) -> object:
        return ca.new_order(ME, [NAME], profile="classic", replaces="a.b")

    def whole_order(ca: Client) -> object:
        done = ca.wait_for_order(ME, _order(ca), until={OrderStatus.VALID}, deadline=1030.0)
        return ca.order_failure(ME, done)

    def finalize(ca: Client) -> object:
        return ca.finalize(ME, _order(ca), b"csr")

    orders = [ORDER, {**ORDER, "status": "pending"}, INVALID, PROBLEM]
    return [
        _asked("new order", f"{ROOT}/new-order", [ORDER, INVALID, PROBLEM], new_order),
        _asked("order", ORDER_URL, orders, whole_order),
        _asked("finalize", f"{ROOT}/finalize/1", [ORDER, PROBLEM], finalize),
    ]


def _about_proofs() -> list[Reader]:
    url = f"{ROOT}/challenge/1"
    challenge = Challenge("http-01", url, ChallengeStatus.PENDING, TOKEN)

    def authorization(ca: Client) -> object:
        return ca.authorization(ME, AUTHORIZATION_URL)

    def failure(ca: Client) -> object:
        return ca.order_failure(ME, _order(ca))

    return [
        _asked("authorization", AUTHORIZATION_URL, [AUTHORIZATION], authorization),
        _asked("failed proof", AUTHORIZATION_URL, [AUTHORIZATION], failure),
        _asked("challenge", url, [CHALLENGE, PROBLEM], lambda ca: ca.respond(ME, challenge)),
    ]


def _about_certificates() -> list[Reader]:
    url, pems = f"{ROOT}/certificate/1", [make_chain("Root", with_root=each) for each in (False, True)]
    chains = [b"0000" + each for each in pems]
    info = f"{ROOT}/ari/{cert_id(LEAF)}"

    def chain(ca: Client) -> object:
        """With all alternates, and looked at as before it is kept."""
        found = ca.certificate(ME, url)
        for each in found.alternates:
            ca.certificate(ME, each)
        return check_version(key_pem=None, fullchain_pem=found.pem, identifiers=(NAME,), now=NOON)

    return [
        _asked("revocation", f"{ROOT}/revoke", [{}, PROBLEM], lambda ca: ca.revoke(KEY, b"der")),
        Reader("chain", chains, _damage_answer(damage_bytes), _answered(url, chain), 2, is_answer=True),
        _asked(
            "renewal information",
            info,
            [RENEWAL_INFO],
            lambda ca: ca.renewal_info(cert_id(LEAF), not_after=LEAF.not_after),
            2,
        ),
    ]


def _order(client: Client) -> Order:
    return client.order(ME, ORDER_URL)


def _damage_answer(mutate: Mutate) -> Mutate:
    """Mostly the body, and a new seed for what is around it."""

    def damage(data: bytes, chance: Random) -> bytes:
        body = data[4:] if chance.random() < 0.2 else mutate(data[4:], chance)
        return f"{chance.randrange(10_000):04}".encode() + body

    return damage
