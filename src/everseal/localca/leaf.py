"""Making a leaf certificate: the profile's form, the order's names, the request's key."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.localca.authority import Issuer
    from everseal.localca.csr import SubjectKey
    from everseal.localca.profiles import Profile

_LONGEST_COMMON_NAME: Final = 64
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """All that a leaf certificate says; ``common_name`` is left out where the profile has none."""

    serial: int
    key: SubjectKey
    identifiers: Sequence[Identifier]
    not_before: datetime
    not_after: datetime
    common_name: str | None
    subject_key_id: bool
    key_encipherment: bool
    crl_url: str | None


def validity(
    profile: Profile,
    issuer: Issuer,
    now: datetime,
    *,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> tuple[datetime, datetime]:
    """The leaf's first and last second: the profile's, or the order's wish, within the issuer's."""
    earliest = issuer.certificate.not_valid_before_utc
    start = max(not_before or now - profile.backdate, earliest).replace(microsecond=0)
    end = not_after or start + profile.validity - _SECOND
    return start, min(end, issuer.certificate.not_valid_after_utc).replace(microsecond=0)


def common_name(identifiers: Sequence[Identifier]) -> str | None:
    """The first DNS name that fits into a common name."""
    fitting = (name.value for name in identifiers if isinstance(name, DnsName))
    return next((name for name in fitting if len(name) <= _LONGEST_COMMON_NAME), None)


def sign(leaf: Leaf, issuer: Issuer) -> x509.Certificate:
    """SAN critical exactly when the subject is empty (RFC 5280 section 4.2.1.6)."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, leaf.common_name)] if leaf.common_name else []
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(issuer.certificate.subject)
        .public_key(leaf.key)
        .serial_number(leaf.serial)
        .not_valid_before(leaf.not_before)
        .not_valid_after(leaf.not_after)
        .add_extension(_names(leaf.identifiers), critical=not attributes)
        .add_extension(_usage(leaf), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(issuer.authority_key_identifier, critical=False)
    )
    if leaf.crl_url:
        builder = builder.add_extension(_crl(leaf.crl_url), critical=False)
    if leaf.subject_key_id:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf.key), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def _names(identifiers: Sequence[Identifier]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            x509.DNSName(name.value)
            if isinstance(name, DnsName)
            else x509.IPAddress(ipaddress.ip_address(name.value))
            for name in identifiers
        ]
    )


def _usage(leaf: Leaf) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=leaf.key_encipherment and isinstance(leaf.key, rsa.RSAPublicKey),
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _crl(url: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url)], relative_name=None, reasons=None, crl_issuer=None
    )
    return x509.CRLDistributionPoints([point])
