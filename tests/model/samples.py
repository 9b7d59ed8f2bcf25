"""Certificates for the tests of the model, made with ``cryptography`` or put together octet by octet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from everseal.model.names import parse_identifier

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
AUTHORITY_KEY_ID = bytes.fromhex("69885b6b87464041e1b37b847ba0ae2cde01c8d4")

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def key(kind: str = "secp256r1") -> Key:
    """One key of each kind; making RSA keys takes long."""
    match kind:
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "secp256r1":
            return ec.generate_private_key(ec.SECP256R1())
        case "secp384r1":
            return ec.generate_private_key(ec.SECP384R1())
        case "secp521r1":
            return ec.generate_private_key(ec.SECP521R1())
        case _:
            return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


@cache
def issuer_key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(kind: str = "secp256r1") -> bytes:
    return key(kind).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def alternative_names(*names: str) -> x509.SubjectAlternativeName:
    general: list[x509.GeneralName] = []
    for name in names:
        identifier = parse_identifier(name)
        if identifier.type == "ip":
            general.append(x509.IPAddress(ip_address(identifier.value)))
        else:
            general.append(x509.DNSName(identifier.value))
    return x509.SubjectAlternativeName(general)


def distinguished(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def leaf(
    *names: str,
    kind: str = "secp256r1",
    subject: x509.Name | None = None,
    issuer: x509.Name | None = None,
    not_before: datetime = NOW - DAY,
    not_after: datetime = NOW + 89 * DAY,
    serial: int = 0x8765432100,
    extensions: Sequence[x509.ExtensionType] = (),
    signer: ec.EllipticCurvePrivateKey | None = None,
) -> x509.Certificate:
    """A certificate for ``names``, or without a SAN where there are none."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]) if subject is None else subject)
        .issuer_name(distinguished("Issuing CA 1") if issuer is None else issuer)
        .public_key(key(kind).public_key())
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    if names:
        builder = builder.add_extension(alternative_names(*names), critical=not subject)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer or issuer_key(1), hashes.SHA256())


def intermediate(common_name: str = "Issuing CA 1", *, number: int = 1) -> x509.Certificate:
    """A CA's certificate with the key ``issuer_key(number)``, signed by ``issuer_key(0)``."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(distinguished(common_name))
        .issuer_name(distinguished("Root"))
        .public_key(issuer_key(number).public_key())
        .serial_number(number + 1)
        .not_valid_before(NOW - 100 * DAY)
        .not_valid_after(NOW + 1000 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    return builder.sign(issuer_key(0), hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def authority_access() -> x509.AuthorityInformationAccess:
    methods = AuthorityInformationAccessOID
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(methods.OCSP, x509.UniformResourceIdentifier("http://ocsp.example")),
            x509.AccessDescription(methods.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.example/1")),
        ]
    )


def crl_points() -> x509.CRLDistributionPoints:
    urls = [x509.UniformResourceIdentifier("http://crl.example/1.crl")]
    return x509.CRLDistributionPoints([x509.DistributionPoint(urls, None, None, None)])


def authority_key() -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier(AUTHORITY_KEY_ID, None, None)


def element(tag: int, *contents: bytes) -> bytes:
    """One DER element."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def bare_certificate(
    *,
    extensions: Sequence[bytes] = (),
    serial: bytes = b"\x01",
    times: tuple[bytes, bytes] = (
        element(0x17, b"261101000000Z"),
        element(0x18, b"20270130000000Z"),
    ),
    subject: bytes = b"",
) -> bytes:
    """DER of a certificate whose parts may be wrong in ways that no library writes; unsigned."""
    algorithm = element(0x30, element(0x06, bytes.fromhex("2a8648ce3d040302")))
    spki = (
        key()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    fields = [
        element(0xA0, b"\x02\x01\x02"),
        element(0x02, serial),
        algorithm,
        element(0x30),
        element(0x30, *times),
        element(0x30, subject),
        spki,
    ]
    if extensions:
        fields.append(element(0xA3, element(0x30, *extensions)))
    return element(0x30, element(0x30, *fields), algorithm, element(0x03, b"\0"))


def extension(oid: str, value: bytes) -> bytes:
    """One extension of ``bare_certificate``; ``oid`` is the hex of its content octets."""
    return element(0x30, element(0x06, bytes.fromhex(oid)), element(0x04, value))


def names_extension(*names: bytes) -> bytes:
    """A SAN of DNS names given as octets."""
    return extension("551d11", element(0x30, *(element(0x82, name) for name in names)))
