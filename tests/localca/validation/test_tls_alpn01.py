from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from everseal.acme.challenges import ALPN_PROTOCOL, Presentation
from everseal.localca.hosts import HostTable
from everseal.localca.validation.network import Network, ValidationFailed
from everseal.localca.validation.tls_alpn01 import validate_tls_alpn01
from everseal.model.names import parse_identifier
from everseal.system.httpd import HttpServer, ServerResponse

PROOF = Presentation(parse_identifier("one.test"), "tls-alpn-01", "token", "token.thumbprint")
ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
ONE = x509.DNSName("one.test")


def proof(name: str) -> Presentation:
    return Presentation(parse_identifier(name), "tls-alpn-01", "token", "token.thumbprint")


def context(
    folder: Path,
    *names: x509.GeneralName,
    digest: bytes | None = PROOF.alpn_digest,
    critical: bool = True,
    protocol: str | None = ALPN_PROTOCOL,
    own_issuer: bool = True,
) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "proof")])
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if own_issuer else other)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if digest is not None:
        extension = x509.UnrecognizedExtension(ACME_IDENTIFIER, b"\x04\x20" + digest)
        builder = builder.add_extension(extension, critical=critical)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "proof.pem").write_bytes(pem)
    result = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    result.load_cert_chain(folder / "proof.pem")
    if protocol:
        result.set_alpn_protocols([protocol])
    return result


def check(tls: ssl.SSLContext | None, challenge: Presentation = PROOF) -> None:
    with HttpServer(lambda _request: ServerResponse(404), tls=tls) as server:
        hosts = HostTable.parse(["one.test=127.0.0.1"])
        validate_tls_alpn01(challenge, Network(hosts, None, 80, server.port, 3))


def failure(tls: ssl.SSLContext | None) -> ValidationFailed:
    with pytest.raises(ValidationFailed) as caught:
        check(tls)
    return caught.value


def test_the_right_certificate(tmp_path: Path) -> None:
    check(context(tmp_path, ONE))
    check(context(tmp_path, x509.DNSName("One.Test")))


def test_an_address_is_asked_for_by_its_reverse_name(tmp_path: Path) -> None:
    tls = context(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    seen: list[str | None] = []

    def note(_socket: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        seen.append(name)

    tls.sni_callback = note
    check(tls, proof("127.0.0.1"))
    assert seen == ["1.0.0.127.in-addr.arpa"]


def test_certificates_that_prove_nothing(tmp_path: Path) -> None:
    refused = {
        "for another name": context(tmp_path, x509.DNSName("two.test")),
        "for one name more": context(tmp_path, ONE, x509.DNSName("two.test")),
        "for no name": context(tmp_path),
        "an address": context(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))),
        "another digest": context(tmp_path, ONE, digest=b"x" * 32),
        "no digest": context(tmp_path, ONE, digest=None),
        "not critical": context(tmp_path, ONE, critical=False),
        "not self-signed": context(tmp_path, ONE, own_issuer=False),
    }
    for what, tls in refused.items():
        assert failure(tls).kind == "unauthorized", what


def test_a_server_that_does_not_know_the_protocol(tmp_path: Path) -> None:
    assert failure(context(tmp_path, ONE, protocol=None)).kind == "unauthorized"
    assert failure(context(tmp_path, ONE, protocol="h2")).kind in ("unauthorized", "tls")


def test_a_server_without_tls_and_one_that_is_not_there() -> None:
    assert failure(None).kind == "tls"
    with pytest.raises(ValidationFailed) as caught:
        validate_tls_alpn01(PROOF, Network(HostTable.parse(["one.test=127.0.0.1"]), None, 80, 1, 3))
    assert caught.value.kind == "connection"
