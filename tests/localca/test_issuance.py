"""The whole way from account to certificate, as a client sees it."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from everseal.acme.jws import b64url
from everseal.localca.ca import LocalCa
from everseal.localca.hosts import HostTable
from everseal.localca.profiles import usual_profiles
from everseal.localca.server import CaServer
from everseal.model.keys import EcdsaKind, KeyKind, RsaKind
from everseal.model.private_key import PrivateKey
from everseal.system.resolver import NameServer
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import RawClient, Reply, Responder
from tests.system.nameserver import TableNameServer


def certificates(reply: Reply) -> list[x509.Certificate]:
    assert reply.header("Content-Type") == "application/pem-certificate-chain"
    return x509.load_pem_x509_certificates(reply.body)


def test_a_certificate_by_http(
    client: RawClient, server: CaServer, responder: Responder, ca: LocalCa
) -> None:
    key = PrivateKey.generate(EcdsaKind())
    reply = client.obtain(responder, "one.test", "www.one.test", key=key)
    leaf, intermediate = certificates(reply)
    root = ca.authority.root.certificate
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    extensions = leaf.extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["one.test", "www.one.test"]
    assert names.critical
    assert not list(leaf.subject)
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.serial_number.bit_length() > 64
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name is not None
    assert points[0].full_name[0].value.endswith("/crl/intermediate.crl")
    resources = [entry.resource for entry in server.transcript()]
    assert resources[:5] == ["directory", "newNonce", "newAccount", "newOrder", "authorization"]
    assert resources[-1] == "certificate"
    assert server.connections == 1


def test_the_chain_of_the_alternate_ends_at_the_second_root(
    client: RawClient, responder: Responder, ca: LocalCa
) -> None:
    reply = client.obtain(responder, "one.test")
    (alternate,) = reply.links("alternate")
    other = client.post(alternate)
    chain = certificates(other)
    for subject, issuer in zip(chain, [*chain[1:], ca.authority.second_root.certificate], strict=True):
        subject.verify_directly_issued_by(issuer)
    assert other.links("alternate") == [reply_url(client, reply)]
    assert len(chain) == 3


def reply_url(client: RawClient, reply: Reply) -> str:
    """The default chain's URL, taken from the alternate's."""
    return reply.links("alternate")[0].rpartition("/alternate/")[0]


def test_rsa_keys_and_the_classic_profile(client: RawClient, responder: Responder) -> None:
    reply = client.obtain(responder, "one.test", key=PrivateKey.generate(RsaKind(2048)), profile="classic")
    leaf = certificates(reply)[0]
    assert leaf.subject.rfc4514_string() == "CN=one.test"
    assert not leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical
    assert leaf.extensions.get_extension_for_class(x509.KeyUsage).value.key_encipherment
    assert leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert 89 < (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days + 1 <= 90


def test_an_address(client: RawClient, responder: Responder) -> None:
    leaf = certificates(client.obtain(responder, "127.0.0.1"))[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]


@pytest.mark.parametrize("kind", [RsaKind(2048), EcdsaKind("secp384r1"), EcdsaKind("secp521r1")], ids=str)
def test_account_keys_of_every_kind(
    server: CaServer, connect: Connect, responder: Responder, kind: KeyKind
) -> None:
    client = connect(server, PrivateKey.generate(kind))
    assert client.obtain(responder, "one.test").status == 200


def test_an_account_key_on_the_edwards_curve(
    server: CaServer, connect: Connect, responder: Responder
) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    client = connect(server, PrivateKey.from_pem(pem))
    assert client.obtain(responder, "one.test").status == 200


def test_over_tls_with_the_root_as_the_trust_anchor(start_ca: StartCa, ca: LocalCa) -> None:
    import urllib.request

    server = start_ca(plain_http=False)
    context = ssl.create_default_context(cadata=ca.root_pem.decode())
    for url in (server.directory_url, server.directory_url.replace("127.0.0.1", "localhost")):
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:
            assert url.removesuffix("/directory").encode() in answer.read()
    assert server.connections == 2


@pytest.fixture
def table() -> Iterator[TableNameServer]:
    with TableNameServer() as server:
        yield server


def prove_by_dns(client: RawClient, order: Reply, table: TableNameServer) -> str:
    """Answer the first authorization by dns-01; its status in the end."""
    (url,) = order.json()["authorizations"]
    challenge = client.challenge(url, "dns-01")
    digest = hashlib.sha256(client.key_authorization(challenge["token"]).encode()).digest()
    table.records["_acme-challenge.one.test", "TXT"] = [b64url(digest)]
    client.post(challenge["url"], {})
    return str(client.wait(url, "pending")["status"])


def test_a_wildcard_by_dns_within_what_caa_allows(
    start_ca: StartCa, connect: Connect, table: TableNameServer
) -> None:
    server = start_ca(hosts=HostTable(), name_servers=(NameServer("127.0.0.1", table.port),))
    client = connect(server)
    client.register()
    identity = client.urls["meta"]["caaIdentities"][0]
    allowed = f'0 issuewild "{identity}; accounturi={client.kid}; validationmethods=dns-01"'
    table.records["one.test", "CAA"] = ['0 issue ";"', allowed]
    order = client.order("*.one.test")
    assert prove_by_dns(client, order, table) == "valid"
    assert client.finalize(order).status == 200
    single = client.order("one.test")
    assert prove_by_dns(client, single, table) == "invalid"
    assert client.post(str(single.header("Location"))).json()["error"]["type"].endswith(":caa")


def test_an_identifier_by_tls(start_ca: StartCa, connect: Connect) -> None:
    """What the validator accepts is shown by its own tests; here it finds nobody."""
    client = connect(start_ca(tls_port=1))
    client.register()
    order = client.order("one.test")
    challenge = client.challenge(order.json()["authorizations"][0], "tls-alpn-01")
    client.post(challenge["url"], {})
    done = client.wait(challenge["url"], "processing")
    assert done["error"]["type"].endswith(":connection")


def test_a_profile_that_was_withdrawn_meanwhile(
    start_ca: StartCa, connect: Connect, responder: Responder
) -> None:
    server = start_ca()
    client = connect(server)
    client.register()
    order = client.order("one.test", profile="classic")
    client.prove(order, responder)
    fewer = start_ca(profiles={"default": usual_profiles()["default"]})
    moved = connect(fewer, client.key)
    moved.register(onlyReturnExisting=True)
    url = str(order.header("Location")).replace(str(server.port), str(fewer.port))
    moved.finalize(moved.post(url))
    done = moved.wait(url, "processing")
    assert done["error"]["type"].endswith(":invalidProfile")
