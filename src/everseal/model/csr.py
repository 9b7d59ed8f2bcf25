"""Certificate signing requests (PKCS#10, RFC 2986): making ours, reading an operator's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from everseal.model.certificate import KeyType
from everseal.model.errors import BadCsr, BadName
from everseal.model.frozen import dataclass
from everseal.model.key_material import Material
from everseal.model.names import DnsName, Identifier, IpAddress
from everseal.model.text import printable

_LONGEST: Final = 64 * 1024
_MUST_STAPLE: Final = x509.TLSFeature([x509.TLSFeatureType.status_request])
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_MAKE_IT: Final = (
    "make it anew: openssl req -new -key KEY.pem -subj / -addext subjectAltName=DNS:example.com -out CSR.pem"
)


@dataclass(frozen=True, slots=True)
class CsrFacts:
    """A request whose signature is good.

    ``identifiers`` are the alternative names in the request's order, each once, and last the common name
    if it is an identifier that is not among them: CAs take that as asked for.  ``pem`` is normalised.
    """

    identifiers: tuple[Identifier, ...]
    key_type: KeyType
    must_staple: bool
    der: bytes = field(repr=False)
    pem: bytes = field(repr=False)
    spki_der: bytes = field(repr=False)


def make_csr(key: Material, identifiers: Sequence[Identifier], *, must_staple: bool = False) -> bytes:
    """DER of a request for ``identifiers``, in their order, with an empty subject as Certbot makes it.

    ``must_staple`` asks for the TLS feature extension status_request (RFC 7633).
    """
    names = [
        x509.DNSName(each.value) if isinstance(each, DnsName) else x509.IPAddress(ip_address(each.value))
        for each in identifiers
    ]
    if not names:
        raise BadCsr(
            "a certificate request needs at least one name", remedy="give -d NAME or --ip-address ADDRESS"
        )
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if must_staple:
        builder = builder.add_extension(_MUST_STAPLE, critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)


def read_csr(data: bytes) -> CsrFacts:
    """An operator's request, PEM or DER.  Raises BadCsr when it is not fit to be sent to a CA."""
    request = _load(data)
    try:
        if not request.is_signature_valid:
            raise BadCsr(
                "the signature of the request does not fit its key: it was changed after it was signed",
                remedy="make the request anew from its key",
            )
        identifiers = _identifiers(request)
        key_type = _key_type(request.public_key())
        must_staple = _wants_staple(request)
    except _UNREADABLE as error:
        raise BadCsr(
            f"the certificate request cannot be read: {printable(str(error), 200)}", remedy=_MAKE_IT
        ) from None
    return CsrFacts(
        identifiers=identifiers,
        key_type=key_type,
        must_staple=must_staple,
        der=request.public_bytes(serialization.Encoding.DER),
        pem=request.public_bytes(serialization.Encoding.PEM),
        spki_der=request.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    )


def _load(data: bytes) -> x509.CertificateSigningRequest:
    if len(data) > _LONGEST:
        raise BadCsr(
            f"the file is longer than {_LONGEST // 1024} KiB, which no certificate request is",
            remedy="check that --csr names the right file",
        )
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_csr(data)
        return x509.load_der_x509_csr(data)
    except _UNREADABLE:
        raise BadCsr(
            f"the file holds no certificate request{_but_what(data)}",
            remedy="check that --csr names the right file, one with -----BEGIN CERTIFICATE REQUEST-----",
        ) from None


def _but_what(data: bytes) -> str:
    if not data.strip():
        return ": it is empty"
    if b"-----BEGIN CERTIFICATE-----" in data:
        return " but a certificate"
    if b"PRIVATE KEY-----" in data:
        return " but a private key"
    return " that can be read"


def _identifiers(request: x509.CertificateSigningRequest) -> tuple[Identifier, ...]:
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise BadCsr(
            "the certificate request has no subject alternative name, and CAs take names from nowhere else",
            remedy=_MAKE_IT,
        ) from None
    found: dict[Identifier, None] = {}
    for name in names:
        match name:
            case x509.DNSName(value=text):
                found[_demand(DnsName, text)] = None
            case x509.IPAddress(value=address):
                found[_demand(IpAddress, str(address))] = None
            case _:
                raise BadCsr(
                    "the certificate request asks for a name that is neither a DNS name nor an IP address",
                    remedy="leave out e-mail addresses, URIs and directory names",
                )
    if not found:
        raise BadCsr("the certificate request asks for no name", remedy=_MAKE_IT)
    return tuple(dict.fromkeys((*found, *_common_names(request))))


def _demand(kind: type[DnsName | IpAddress], text: str) -> Identifier:
    try:
        return kind.parse(text)
    except BadName as error:
        raise BadCsr(
            f"the certificate request asks for {printable(error.message)}", remedy=error.remedy
        ) from None


def _common_names(request: x509.CertificateSigningRequest) -> Iterator[Identifier]:
    for attribute in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        for kind in (IpAddress, DnsName):
            try:
                yield kind.parse(str(attribute.value))
                break
            except BadName:
                continue


def _wants_staple(request: x509.CertificateSigningRequest) -> bool:
    try:
        feature = request.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    return x509.TLSFeatureType.status_request in feature


def _key_type(key: object) -> KeyType:
    match key:
        case rsa.RSAPublicKey():
            return "RSA"
        case ec.EllipticCurvePublicKey():
            return "ECDSA"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case _:
            raise BadCsr(
                "the key in the certificate request is neither RSA nor ECDSA nor Ed25519",
                remedy="make the request anew with an ECDSA or RSA key",
            )
