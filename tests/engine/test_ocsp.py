from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from everseal.engine.ocsp import is_revoked
from everseal.system.ocsp_fetch import NotAsked

NOW = datetime(2026, 11, 1, tzinfo=UTC)
URL = "http://ocsp.example/ask"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    name: str, key: Key, issuer: str, signer: Key, *extensions: x509.ExtensionType
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=89))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256())


def pointing_at(url: str) -> x509.AuthorityInformationAccess:
    description = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url)
    )
    return x509.AuthorityInformationAccess([description])


class Authority:
    """An issuer, a certificate of its, and a responder that says what the test wants."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.root = certificate("issuer", key, "issuer", key)
        self.leaf = certificate("leaf.example", make_key(), "issuer", key, pointing_at(URL))
        self.chain = b"".join(
            each.public_bytes(serialization.Encoding.PEM) for each in (self.leaf, self.root)
        )
        self.asked: list[str] = []

    def answering(
        self,
        *,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.REVOKED,
        about: x509.Certificate | None = None,
        signer: Key | None = None,
        responder: x509.Certificate | None = None,
        made: datetime = NOW - timedelta(hours=1),
        ends: datetime | None = NOW + timedelta(days=1),
    ) -> Callable[[str, bytes], bytes]:
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=about or self.leaf,
            issuer=self.root,
            algorithm=hashes.SHA1(),
            cert_status=status,
            this_update=made,
            next_update=ends,
            revocation_time=made if revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder or self.root)
        if responder is not None:
            builder = builder.certificates([responder])
        answer = builder.sign(signer or self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

        def fetch(url: str, request: bytes) -> bytes:
            self.asked.append(url)
            assert ocsp.load_der_ocsp_request(request).serial_number == self.leaf.serial_number
            return answer

        return fetch


@pytest.fixture(params=["ecdsa", "rsa"])
def authority(request: pytest.FixtureRequest) -> Authority:
    return Authority(make_key() if request.param == "ecdsa" else rsa.generate_private_key(65537, 2048))


def test_what_the_issuer_calls_revoked_is(authority: Authority) -> None:
    assert is_revoked(authority.chain, authority.answering(), now=NOW)
    assert authority.asked == [URL]
    assert not is_revoked(authority.chain, authority.answering(status=ocsp.OCSPCertStatus.GOOD), now=NOW)


def test_a_delegate_of_the_issuer_may_answer() -> None:
    authority, key = Authority(make_key()), make_key()
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    delegate = certificate("responder", key, "issuer", authority.key, usage)
    assert is_revoked(authority.chain, authority.answering(signer=key, responder=delegate), now=NOW)
    impostor = certificate("responder", key, "issuer", authority.key)
    assert not is_revoked(authority.chain, authority.answering(signer=key, responder=impostor), now=NOW)
    stranger = certificate("responder", key, "stranger", key, usage)
    assert not is_revoked(authority.chain, authority.answering(signer=key, responder=stranger), now=NOW)


def test_an_answer_that_does_not_hold_says_nothing() -> None:
    authority = Authority(make_key())
    other = certificate("other.example", make_key(), "issuer", authority.key)
    sound = authority.answering()

    def forged(url: str, request: bytes) -> bytes:
        """The signature's last octet is another one."""
        answer = bytearray(sound(url, request))
        answer[-1] ^= 1
        return bytes(answer)

    for answer in (
        forged,
        authority.answering(about=other),
        authority.answering(ends=NOW - timedelta(hours=1), made=NOW - timedelta(days=2)),
        authority.answering(made=NOW - timedelta(days=11), ends=None),
        authority.answering(made=NOW + timedelta(hours=1)),
        lambda _url, _request: b"no answer",
        lambda _url, _request: ocsp.OCSPResponseBuilder.build_unsuccessful(
            ocsp.OCSPResponseStatus.TRY_LATER
        ).public_bytes(serialization.Encoding.DER),
    ):
        assert not is_revoked(authority.chain, answer, now=NOW)


def test_what_cannot_be_asked_says_nothing() -> None:
    authority = Authority(make_key())

    def refuse(url: str, request: bytes) -> bytes:
        raise NotAsked("closed")

    assert not is_revoked(authority.chain, refuse, now=NOW)
    leaf_only = authority.leaf.public_bytes(serialization.Encoding.PEM)
    assert not is_revoked(leaf_only, authority.answering(), now=NOW)
    nameless = certificate("a.example", make_key(), "issuer", authority.key)
    chain = nameless.public_bytes(serialization.Encoding.PEM) + authority.root.public_bytes(
        serialization.Encoding.PEM
    )
    assert not is_revoked(chain, authority.answering(), now=NOW)
    assert authority.asked == []
