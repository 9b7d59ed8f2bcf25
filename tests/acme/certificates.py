"""Certificate chains made for a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_NOT_BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


@cache
def make_chain(root_name: str, *, with_root: bool = False) -> bytes:
    """A leaf for www.example.com and the intermediate that ``root_name`` signed, as PEM."""
    root_key, key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = _certificate(root_name, root_name, root_key, root_key)
    intermediate = _certificate("Fake Intermediate", root_name, key, root_key)
    leaf = _certificate("www.example.com", "Fake Intermediate", leaf_key, key)
    chain = (leaf, intermediate, root) if with_root else (leaf, intermediate)
    return b"".join(one.public_bytes(Encoding.PEM) for one in chain)


def _certificate(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_BEFORE + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject.replace(" ", "-"))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
        .sign(issuer_key, hashes.SHA256())
    )
