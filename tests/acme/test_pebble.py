"""The client against pebble, the old one and the new one, with their usual unkindness."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from everseal.acme.accounts import KeyInUse
from everseal.acme.chain import choose_chain
from everseal.acme.challenges import Presentation
from everseal.acme.client import Account, Client, Exchange
from everseal.acme.eab import ExternalAccountBinding
from everseal.acme.jws import b64url
from everseal.acme.problems import (
    AcmeError,
    AlreadyRevoked,
    ConnectionProblem,
    ExternalAccountRequired,
    InvalidProfile,
    RejectedIdentifier,
    Unauthorized,
)
from everseal.acme.states import AccountStatus, AuthorizationStatus, OrderStatus
from everseal.model.certificate import CertificateFacts, read_certificate
from everseal.model.epoch import stamp
from everseal.model.keys import EcdsaKind, KeyKind, RsaKind
from everseal.model.names import DnsName, Identifier
from everseal.model.private_key import PrivateKey
from everseal.system.clock import SystemClock, SystemRandom
from everseal.system.httpd import HttpServer, ServerRequest, ServerResponse
from everseal.system.transport import UrllibTransport
from tests.acme.identifiers import cert_id
from tests.conftest import StartPebble, StartProxy
from tests.servers.pebble import Pebble, PebbleSettings

WWW = DnsName("www.everseal-test.example")
API = DnsName("api.everseal-test.example")
CLOCK = SystemClock()


@dataclasses.dataclass(slots=True)
class Visitor:
    """A client of one pebble, with an account, what it proves names with, and what was exchanged."""

    client: Client
    pebble: Pebble
    exchanges: list[Exchange]
    account: Account
    bodies: dict[str, str]

    @property
    def resources(self) -> list[str]:
        """What was asked for, polls and repeats apart."""
        return [one.resource for one in self.exchanges if not one.poll and not one.retry]

    def issue(
        self, names: Sequence[Identifier] = (WWW,), *, profile: str | None = None, replaces: str | None = None
    ) -> tuple[CertificateFacts, bytes, PrivateKey, tuple[str, ...]]:
        """Order, prove by http-01, finalize, download."""
        client, me = self.client, self.account
        deadline = CLOCK.monotonic() + 60
        order = client.new_order(me, names, profile=profile, replaces=replaces)
        if replaces is not None:
            assert order.replaces == replaces
        for url in order.authorizations:
            self.prove(url)
        ready = {OrderStatus.READY, OrderStatus.VALID}
        if order.status is OrderStatus.PENDING:
            order = client.wait_for_order(me, order, until=ready, deadline=deadline)
        assert order.status in ready, str(client.order_failure(me, order))
        key = PrivateKey.generate(EcdsaKind())
        order = client.finalize(me, order, key.csr(names))
        order = client.wait_for_order(me, order, until={OrderStatus.VALID}, deadline=deadline)
        chain = client.certificate(me, order)
        return read_certificate(chain.pem), chain.pem, key, chain.alternates

    def prove(self, url: str) -> None:
        authorization = self.client.authorization(self.account, url)
        if authorization.status is AuthorizationStatus.VALID:
            return
        challenge = next(one for one in authorization.challenges if one.type == "http-01")
        shown = Presentation.of(challenge, authorization.identifier, self.account.signer)
        self.bodies[shown.http_path] = shown.key_authorization
        self.client.respond(self.account, challenge)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Makes clients with an account and a responder on pebble's http-01 port."""
    servers: list[HttpServer] = []
    transports: list[UrllibTransport] = []

    def begin(pebble: Pebble, *, kind: KeyKind | None = None, respond: bool = True, at: str = "") -> Visitor:
        bodies: dict[str, str] = {}
        exchanges: list[Exchange] = []

        def answer(request: ServerRequest) -> ServerResponse:
            body = bodies.get(request.path)
            return ServerResponse(404) if body is None else ServerResponse(200, body.encode())

        if respond:
            servers.append(HttpServer(answer, addresses=["127.0.0.1"], port=pebble.http_port))
            servers[-1].start()
        transports.append(UrllibTransport(ca_bundle=str(pebble.ca_bundle)))
        client = Client(
            at or pebble.directory_url,
            transport=transports[-1],
            clock=CLOCK,
            random=SystemRandom(),
            user_agent="everseal-tests/1",
            on_exchange=exchanges.append,
        )
        account = client.register(PrivateKey.generate(kind or EcdsaKind()), terms_agreed=True)
        exchanges.clear()
        return Visitor(client, pebble, exchanges, account, bodies)

    yield begin
    for server in servers:
        server.stop()
    for transport in transports:
        transport.close()


def test_an_account_from_its_beginning_to_its_end(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble, respond=False)
    client, me = visitor.client, visitor.account
    key = PrivateKey.generate(EcdsaKind())
    assert client.find_account(key) is None
    assert client.find_account(me.signer) is not None
    assert client.register(me.signer, terms_agreed=True).url == me.url
    assert client.update_contacts(me, ["admin@example.com"]).contacts == ("mailto:admin@example.com",)
    assert client.read_account(me).contacts == ("mailto:admin@example.com",)
    assert client.deactivate_account(me).status is AccountStatus.DEACTIVATED
    with pytest.raises(AcmeError):
        client.new_order(me, [WWW])


@pytest.mark.parametrize("kind", [EcdsaKind("secp384r1"), EcdsaKind("secp521r1"), RsaKind(2048)], ids=str)
def test_account_keys_of_every_kind(pebble: Pebble, visit: Visit, kind: KeyKind) -> None:
    assert visit(pebble, kind=kind, respond=False).account.status is AccountStatus.VALID


def test_rolling_the_account_key_over(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble, respond=False)
    client, me = visitor.client, visitor.account
    key = PrivateKey.generate(EcdsaKind("secp384r1"))
    moved = client.change_key(me, key)
    assert (moved.url, moved.signer) == (me.url, key)
    assert client.read_account(moved).status is AccountStatus.VALID
    assert client.find_account(me.signer) is None


def test_the_key_of_another_account(pebble_old: Pebble, visit: Visit) -> None:
    """The newer pebble takes such a key, against RFC 8555 section 7.3.5."""
    visitor, other = visit(pebble_old, respond=False), visit(pebble_old, respond=False)
    with pytest.raises(KeyInUse) as caught:
        visitor.client.change_key(visitor.account, other.account.signer)
    assert caught.value.account_url == other.account.url


def test_from_an_order_to_a_certificate(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble)
    facts, chain, key, alternates = visitor.issue([WWW, API])
    assert set(facts.identifiers) == {WWW, API}
    leaf, intermediate = x509.load_pem_x509_certificates(chain)
    leaf.verify_directly_issued_by(intermediate)
    assert key.spki_der() in leaf.public_bytes(Encoding.DER)
    assert len(alternates) == 2
    assert visitor.resources.count("order") == 2


def test_another_chain(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble)
    _, chain, _, alternates = visitor.issue()
    downloads = [visitor.client.certificate(visitor.account, url) for url in alternates]
    wanted = read_certificate(pebble.root(2).encode()).subject_cn
    assert wanted is not None
    default = dataclasses.replace(downloads[0], pem=chain)
    chosen = choose_chain(wanted, default, downloads)
    assert chosen is not None
    assert chosen.pem != chain
    assert choose_chain("Nobody's Root", default, downloads) is None


def test_revocation_by_account_and_by_certificate_key(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble)
    for reason, by_account in ((4, True), (1, False)):
        facts, chain, key, _ = visitor.issue()
        der = x509.load_pem_x509_certificates(chain)[0].public_bytes(Encoding.DER)
        signer = visitor.account if by_account else key
        visitor.client.revoke(signer, der, reason)
        assert pebble.status_of(facts.serial)["Status"] == "Revoked"
        assert pebble.status_of(facts.serial)["Reason"] == reason
        with pytest.raises(AlreadyRevoked):
            visitor.client.revoke(signer, der)
    stranger = visit(pebble, respond=False)
    with pytest.raises(AcmeError):
        stranger.client.revoke(stranger.account, der)


def test_a_responder_that_is_missing(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble, respond=False)
    client, me = visitor.client, visitor.account
    order = client.new_order(me, [DnsName("nobody.everseal-test.example")])
    for url in order.authorizations:
        visitor.prove(url)
    deadline = CLOCK.monotonic() + 60
    order = client.wait_for_order(me, order, until={OrderStatus.READY}, deadline=deadline)
    error = client.order_failure(me, order)
    assert isinstance(error, ConnectionProblem)
    assert "nobody.everseal-test.example: connection: " in str(error)


def test_giving_up_an_authorization(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble)
    visitor.issue()
    order = visitor.client.new_order(visitor.account, [WWW])
    given_up = visitor.client.deactivate_authorization(visitor.account, order.authorizations[0])
    assert given_up.status is AuthorizationStatus.DEACTIVATED


def test_a_name_that_the_ca_rejects(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble, respond=False)
    with pytest.raises(RejectedIdentifier, match="blocked-domain"):
        visitor.client.new_order(visitor.account, [DnsName("www.blocked-domain.example")])


def test_a_storm_of_refused_nonces(start_pebble: StartPebble, visit: Visit) -> None:
    stormy = start_pebble("new", PebbleSettings(refused_nonces_percent=30, reused_authorizations_percent=0))
    visitor = visit(stormy)
    for number in range(5):
        visitor.issue([DnsName(f"storm-{number}.everseal-test.example")])
    assert any(one.retry for one in visitor.exchanges)


def test_one_client_serves_many_orders_at_once(pebble: Pebble, visit: Visit) -> None:
    visitor = visit(pebble)
    names = [DnsName(f"many-{number}.everseal-test.example") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        issued = list(pool.map(lambda name: visitor.issue([name])[0], names))
    assert [facts.identifiers for facts in issued] == [(name,) for name in names]


@pytest.mark.parametrize("generation", ["old", "new"])
def test_external_account_binding(start_pebble: StartPebble, generation: str) -> None:
    key = b64url(bytes(range(160, 160 + 64)))
    settings = PebbleSettings(eab_keys={"kid-1": key})
    pebble = start_pebble("old" if generation == "old" else "new", settings)
    transport = UrllibTransport(ca_bundle=str(pebble.ca_bundle))
    client = Client(
        pebble.directory_url, transport=transport, clock=CLOCK, random=SystemRandom(), user_agent="t/1"
    )
    assert client.directory().meta.external_account_required
    for number, alg in enumerate(("HS256", "HS384", "HS512") if generation == "new" else ("HS256",)):
        eab = ExternalAccountBinding.parse("kid-1", key + "=" * number, alg)
        made = client.register(PrivateKey.generate(EcdsaKind()), terms_agreed=True, eab=eab)
        assert made.status is AccountStatus.VALID
    with pytest.raises(ExternalAccountRequired):
        client.register(PrivateKey.generate(EcdsaKind()), terms_agreed=True)
    wrong = ExternalAccountBinding.parse("kid-1", "A" * 64)
    with pytest.raises(Unauthorized):
        client.register(PrivateKey.generate(EcdsaKind()), terms_agreed=True, eab=wrong)
    transport.close()


def test_profiles(pebble_new: Pebble, visit: Visit) -> None:
    visitor = visit(pebble_new)
    facts, *_ = visitor.issue(profile="shortlived")
    assert facts.lifetime <= timedelta(days=6, seconds=1)
    with pytest.raises(InvalidProfile, match="it offers"):
        visitor.client.new_order(visitor.account, [WWW], profile="tiny")


def test_renewal_information_and_replacement(pebble_new: Pebble, visit: Visit) -> None:
    visitor = visit(pebble_new)
    facts, chain, _, _ = visitor.issue()
    info = visitor.client.renewal_info(cert_id(facts), not_after=facts.not_after)
    assert facts.not_before < info.window.start < info.window.end < facts.not_after
    leaf = chain.split(b"-----END CERTIFICATE-----")[0] + b"-----END CERTIFICATE-----\n"
    window = {"start": stamp(CLOCK.now()), "end": stamp(facts.not_after)}
    answer = {"suggestedWindow": window, "explanationURL": "https://why"}
    pebble_new.set_renewal_info(leaf.decode(), json.dumps(answer))
    assert (
        visitor.client.renewal_info(cert_id(facts), not_after=facts.not_after).explanation_url
        == "https://why"
    )
    visitor.issue(replaces=cert_id(facts))
    again = visitor.client.new_order(visitor.account, [WWW], replaces=cert_id(facts))
    assert again.replaces is None


def test_the_requests_of_one_issuance(
    start_pebble: StartPebble, recording_proxy: StartProxy, visit: Visit
) -> None:
    """Nine from cold with an account, eight with the directory remembered, over one connection."""
    pebble = start_pebble("new", PebbleSettings(refused_nonces_percent=0, reused_authorizations_percent=0))
    proxy = recording_proxy(pebble)
    registered = visit(pebble, at=pebble.directory_url)
    for remembered in (None, registered.client.directory().json):
        exchanges: list[Exchange] = []
        transport = UrllibTransport(ca_bundle=str(proxy.ca_bundle))
        client = Client(
            proxy.directory_url,
            transport=transport,
            clock=CLOCK,
            random=SystemRandom(),
            user_agent="everseal-tests/1",
            remembered=_moved(remembered, pebble, proxy.directory_url),
            on_exchange=exchanges.append,
        )
        proxied = dataclasses.replace(registered, client=client, exchanges=exchanges)
        proxied.account = _at(registered.account, pebble, proxy.directory_url)
        proxy.forget()
        proxied.issue([DnsName(f"count-{time.monotonic_ns()}.everseal-test.example")])
        transport.close()
        expected = ["newNonce", "newOrder", "authorization", "challenge", "order", "finalize", "order"]
        expected += ["certificate"]
        assert proxied.resources == ([] if remembered else ["directory"]) + expected
        assert len(proxy.requests) == len(exchanges)
        assert proxy.connections == 1


def _moved(remembered: object, pebble: Pebble, directory_url: str) -> dict[str, object] | None:
    """The directory as the proxy would give it."""
    if not isinstance(remembered, dict):
        return None
    here, there = pebble.directory_url.removesuffix("/dir"), directory_url.removesuffix("/dir")
    return {k: v.replace(here, there) if isinstance(v, str) else v for k, v in remembered.items()}


def _at(account: Account, pebble: Pebble, directory_url: str) -> Account:
    here, there = pebble.directory_url.removesuffix("/dir"), directory_url.removesuffix("/dir")
    return dataclasses.replace(account, url=account.url.replace(here, there))
