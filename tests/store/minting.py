"""Certificates for the store's tests: a small CA that signs what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from everseal.model.lineage import NewVersion
from everseal.model.names import DnsName

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class StillClock:
    """A clock that stands at NOW, whose sleeping makes the monotonic time go."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self.slept = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


@dataclass(frozen=True)
class Minted:
    key_pem: bytes
    leaf_pem: bytes
    chain_pem: bytes
    names: tuple[str, ...]

    @property
    def fullchain_pem(self) -> bytes:
        return self.leaf_pem + self.chain_pem

    def version(self) -> NewVersion:
        return NewVersion(
            key_pem=self.key_pem,
            fullchain_pem=self.fullchain_pem,
            identifiers=tuple(DnsName(name) for name in self.names),
        )


@cache
def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate, x509.Certificate]:
    """The issuing key, its certificate and the root's."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _ca_certificate("Test Root", root_key, "Test Root", root_key)
    return key, _ca_certificate("Test Issuing CA", key, "Test Root", root_key), root


def _ca_certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def root_pem() -> bytes:
    return _authority()[2].public_bytes(serialization.Encoding.PEM)


def mint(
    *names: str,
    issued: datetime = NOW - timedelta(days=1),
    days: float = 90,
    ocsp_url: str | None = None,
    with_ari: bool = False,
) -> Minted:
    """A fresh key and a certificate for ``names`` that counts from ``issued``.

    ``with_ari`` gives it the key identifier that a CA is asked for renewal information with.
    """
    authority, issuer, _root = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issued)
        .not_valid_after(issued + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    )
    if ocsp_url is not None:
        responder = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([responder]), critical=False)
    if with_ari:
        key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
        builder = builder.add_extension(key_id, critical=False)
    certificate = builder.sign(authority, hashes.SHA256())
    pem = serialization.Encoding.PEM
    key_pem = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Minted(key_pem, certificate.public_bytes(pem), issuer.public_bytes(pem), names)
