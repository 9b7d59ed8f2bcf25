"""Certificate requests: what is taken, and what is refused with ``badCSR``."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from everseal.localca.refusal import Refusal
from everseal.model.errors import BadName
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier, IpAddress

if TYPE_CHECKING:
    from collections.abc import Collection

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")
_RSA_SIZES: Final = range(2048, 8193)
_LONGEST: Final = 25_000

SubjectKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose signature and key are good."""

    key: SubjectKey
    identifiers: frozenset[Identifier]
    common_name: str | None

    @property
    def spki(self) -> str:
        return spki_hash(self.key)


def read_request(der: bytes, wanted: Collection[Identifier]) -> CertificateRequest:
    """Raises Refusal: the request must ask for exactly ``wanted`` with a key fit for a server."""
    if len(der) > _LONGEST:
        raise _bad("it is too long")
    try:
        request = x509.load_der_x509_csr(der)
        if not request.is_signature_valid:
            raise _bad("its signature is not valid")
        key = check_key(request.public_key(), "badCSR")
        names = _subject_names(request)
        common_name = _common_name(request)
        _refuse_must_staple(request)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise _bad(f"it cannot be read ({error})") from None
    asked = names | ({_parse(common_name)} if common_name else set())
    if asked != frozenset(wanted):
        raise _bad(f"it is for {_list(asked)}, the order is for {_list(wanted)}")
    if common_name and _parse(common_name) not in names:
        raise _bad("the common name is not among the subject alternative names")
    return CertificateRequest(key, frozenset(names), common_name)


def check_key(key: PublicKeyTypes, kind: str) -> SubjectKey:
    """Raises Refusal of type ``kind`` for a key that is weak or of no use here."""
    match key:
        case rsa.RSAPublicKey():
            if key.key_size not in _RSA_SIZES:
                raise Refusal(kind, f"an RSA key of {key.key_size} bits is not accepted")
            if key.public_numbers().e != 65537:
                raise Refusal(kind, "the exponent of the RSA key is not 65537")
            return key
        case ec.EllipticCurvePublicKey():
            if key.curve.name not in _CURVES:
                raise Refusal(kind, f"keys on the curve {key.curve.name} are not accepted")
            return key
        case _:
            raise Refusal(kind, "only RSA and ECDSA keys are accepted")


def spki_hash(key: PublicKeyTypes) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, in hexadecimal."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _subject_names(request: x509.CertificateSigningRequest) -> set[Identifier]:
    try:
        extension = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        raise _bad("it has no subject alternative names") from None
    names: set[Identifier] = set()
    for name in extension.value:
        match name:
            case x509.DNSName():
                names.add(_parse(name.value))
            case x509.IPAddress():
                names.add(IpAddress.parse(str(name.value)))
            case _:
                raise _bad("it has a subject alternative name that is neither a DNS name nor an address")
    return names


def _common_name(request: x509.CertificateSigningRequest) -> str | None:
    attributes = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not attributes:
        return None
    value = attributes[0].value
    return value if isinstance(value, str) else value.decode("ascii", "replace")


def _refuse_must_staple(request: x509.CertificateSigningRequest) -> None:
    try:
        request.extensions.get_extension_for_class(x509.TLSFeature)
    except x509.ExtensionNotFound:
        return
    raise _bad("it asks for OCSP stapling, and there is no OCSP here")


def _parse(text: str) -> Identifier:
    try:
        return DnsName.parse(text)
    except BadName as error:
        try:
            return IpAddress.parse(text)
        except BadName:
            raise _bad(f"{error.message}") from None


def _list(identifiers: Collection[Identifier]) -> str:
    return ", ".join(sorted(identifier.value for identifier in identifiers)) or "nothing"


def _bad(why: str) -> Refusal:
    return Refusal("badCSR", f"the certificate request was refused: {why}")
