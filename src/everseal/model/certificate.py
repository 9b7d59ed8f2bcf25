"""What a certificate says, read tolerantly: one odd extension never hides its names and dates.

For listings and for decisions about time.  Whether a certificate may be deployed is judged by
``cryptography``, in :mod:`everseal.model.soundness`.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

from everseal.model import anatomy, der
from everseal.model.anatomy import Anatomy
from everseal.model.epoch import EPOCH
from everseal.model.errors import BadName
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier, IpAddress, parse_identifier
from everseal.model.text import printable

_MOST_CERTIFICATES: Final = 10
_LONGEST_ISSUER: Final = 1000
_CRL: Final = bytes.fromhex("551d1f")
_TLS_FEATURE: Final = bytes.fromhex("2b06010505070118")
_STATUS_REQUEST: Final = 5

KeyType = Literal["RSA", "ECDSA", "Ed25519", "other"]
_ATTRIBUTES: Final = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("550409"): "STREET",
    bytes.fromhex("0992268993f22c640119"): "DC",
    bytes.fromhex("0992268993f22c640101"): "UID",
}
_ALGORITHMS: Final[dict[bytes, KeyType]] = {
    bytes.fromhex("2a864886f70d010101"): "RSA",
    bytes.fromhex("2a8648ce3d0201"): "ECDSA",
    bytes.fromhex("2b6570"): "Ed25519",
}
_CURVES: Final = {
    bytes.fromhex("2a8648ce3d030107"): ("secp256r1", 256),
    bytes.fromhex("2b81040022"): ("secp384r1", 384),
    bytes.fromhex("2b81040023"): ("secp521r1", 521),
}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate's content.

    ``identifiers`` are in the order of the SAN; names that cannot be parsed are in ``odd_names``
    instead.  ``has_alternative_names`` is False where the identifier is the subject's common name, for
    want of a SAN.  ``serial_octets`` are the DER content, leading zero kept.  ``issuer`` is written as in
    RFC 4514.  ``spki_sha256`` and ``fingerprint_sha256`` are digests of the public key and of the whole
    certificate.
    """

    identifiers: tuple[Identifier, ...]
    odd_names: tuple[str, ...]
    has_alternative_names: bool
    not_before: datetime
    not_after: datetime
    serial: int
    serial_octets: bytes
    issuer: str
    issuer_cn: str | None
    subject_cn: str | None
    key_type: KeyType
    key_bits: int | None
    curve: str | None
    authority_key_id: bytes | None
    ocsp_urls: tuple[str, ...]
    crl_urls: tuple[str, ...]
    must_staple: bool
    spki_sha256: bytes
    fingerprint_sha256: bytes

    @property
    def lifetime(self) -> timedelta:
        return self.not_after - self.not_before

    def is_expired(self, now: datetime) -> bool:
        return now >= self.not_after


def read_certificate(data: bytes) -> CertificateFacts:
    """The first certificate in PEM, or a DER certificate.  Raises BadCertificate."""
    anatomy.refuse_huge(data)
    try:
        return _read(anatomy.first_certificate(data))
    except der.BadDer as error:
        raise anatomy.unreadable(str(error)) from None


@lru_cache(maxsize=64)
def _read(octets: bytes) -> CertificateFacts:
    """Between its download and its being live a certificate is looked at several times."""
    return _facts(Anatomy(octets))


def split_pem(data: bytes, most: int = _MOST_CERTIFICATES) -> list[bytes]:
    """Each certificate as PEM with 64 columns and LF; text around them is dropped.

    Raises BadCertificate where there is none, one is damaged, or there are more than ``most``.
    """
    anatomy.refuse_huge(data)
    found: list[bytes] = []
    at = data.find(anatomy.BEGIN)
    while at >= 0:
        end = data.find(anatomy.END, at)
        if end < 0:
            raise anatomy.unreadable("a certificate in it is cut short")
        if len(found) == most:
            raise anatomy.unreadable(f"there are more than {most} certificates in it")
        try:
            found.append(_as_pem(anatomy.decoded(data[at + len(anatomy.BEGIN) : end])))
        except der.BadDer as error:
            raise anatomy.unreadable(str(error)) from None
        at = data.find(anatomy.BEGIN, end)
    if not found:
        raise anatomy.unreadable("there is no certificate in it")
    return found


@lru_cache(maxsize=64)
def _as_pem(octets: bytes) -> bytes:
    """Raises BadDer for what is no certificate."""
    Anatomy(octets)
    text = base64.b64encode(octets)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([anatomy.BEGIN, *lines, anatomy.END, b""])


def _facts(parts: Anatomy) -> CertificateFacts:
    begin, end = anatomy.validity(parts)
    serial = parts.octets(parts.serial)
    issuer = anatomy.attributes(parts, parts.issuer)
    subject_cn = anatomy.common_name(anatomy.attributes(parts, parts.subject))
    names = anatomy.alternative_names(parts)
    identifiers, odd = _names(names) if names else (_identifiers_in(subject_cn), ())
    key_type, bits, curve = _public_key(parts)
    return CertificateFacts(
        identifiers=identifiers,
        odd_names=odd,
        has_alternative_names=bool(names),
        not_before=EPOCH + timedelta(seconds=begin),
        not_after=EPOCH + timedelta(seconds=end),
        serial=int.from_bytes(serial, "big", signed=True),
        serial_octets=serial,
        issuer=_rfc4514(issuer),
        issuer_cn=_shown(anatomy.common_name(issuer)),
        subject_cn=_shown(subject_cn),
        key_type=key_type,
        key_bits=bits,
        curve=curve,
        authority_key_id=anatomy.authority_key_id(parts),
        ocsp_urls=anatomy.ocsp_urls(parts),
        crl_urls=_crl_urls(parts),
        must_staple=_asks_for_stapling(parts),
        spki_sha256=hashlib.sha256(parts.octets(parts.spki)).digest(),
        fingerprint_sha256=hashlib.sha256(parts.data).digest(),
    )


def _names(
    names: list[tuple[Literal["dns", "ip"], bytes]],
) -> tuple[tuple[Identifier, ...], tuple[str, ...]]:
    """The identifiers, each once, and the names that are none."""
    found: dict[Identifier, None] = {}
    odd: list[str] = []
    for kind, octets in names:
        text = anatomy.name_text(kind, octets)
        try:
            found[DnsName.parse(text) if kind == "dns" else IpAddress.parse(text)] = None
        except BadName:
            odd.append(printable(text))
    return tuple(found), tuple(odd)


def _identifiers_in(common_name: str | None) -> tuple[Identifier, ...]:
    """Of a certificate without SAN, as old ones are; a CA's own name is no identifier."""
    if common_name is None:
        return ()
    try:
        return (parse_identifier(common_name),)
    except BadName:
        return ()


def _rfc4514(attributes: list[tuple[bytes, str]]) -> str:
    """The most specific attribute first (RFC 4514 section 2.1)."""
    written = [f"{_label(oid)}={_escaped(text)}" for oid, text in attributes]
    return printable(",".join(reversed(written)), _LONGEST_ISSUER)


def _label(oid: bytes) -> str:
    try:
        return _ATTRIBUTES.get(oid) or der.object_identifier(oid, 0, len(oid))
    except der.BadDer:
        return "?"


def _escaped(text: str) -> str:
    """RFC 4514 section 2.4."""
    escaped = "".join(f"\\{character}" if character in ',+"\\<>;' else character for character in text)
    if escaped.startswith(("#", " ")):
        escaped = f"\\{escaped}"
    return f"{escaped[:-1]}\\ " if escaped.endswith(" ") and len(text) > 1 else escaped


def _shown(text: str | None) -> str | None:
    return None if text is None else printable(text)


def _public_key(parts: Anatomy) -> tuple[KeyType, int | None, str | None]:
    data = parts.data
    try:
        start, stop = der.expect(data, *parts.spki, der.SEQUENCE)
        algorithm, bits = der.children(data, start, stop)[:2]
        members = der.children(data, algorithm[2], algorithm[3])
        kind = _ALGORITHMS.get(data[members[0][2] : members[0][3]], "other")
        if kind == "RSA":
            start, stop = der.expect(data, bits[2] + 1, bits[3], der.SEQUENCE)
            start, stop = der.expect(data, start, stop, der.INTEGER)
            return kind, int.from_bytes(data[start:stop], "big").bit_length(), None
        if kind == "ECDSA":
            curve, size = _CURVES.get(data[members[1][2] : members[1][3]], (None, None))
            return kind, size, curve
    except (der.BadDer, ValueError, IndexError):
        return "other", None, None
    return kind, 256 if kind == "Ed25519" else None, None


def _crl_urls(parts: Anatomy) -> tuple[str, ...]:
    """Every URL in the distribution points (RFC 5280 section 4.2.1.13), however deep it lies."""
    span = parts.extensions.get(_CRL)
    return () if span is None else tuple(_uris_below(parts.data, *span, depth=6))


def _uris_below(data: bytes, start: int, stop: int, *, depth: int) -> list[str]:
    try:
        members = der.children(data, start, stop)
    except der.BadDer:
        return []
    found = []
    for tag, _, begin, end in members:
        if tag == anatomy.URI:
            found.append(data[begin:end].decode("ascii", "backslashreplace"))
        elif depth and tag & 0x20:
            found += _uris_below(data, begin, end, depth=depth - 1)
    return found


def _asks_for_stapling(parts: Anatomy) -> bool:
    """The TLS feature ``status_request`` (RFC 7633)."""
    return any(
        int.from_bytes(parts.data[begin:end], "big") == _STATUS_REQUEST
        for begin, end in anatomy.members(parts, _TLS_FEATURE)
    )
