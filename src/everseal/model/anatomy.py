"""Where the parts of a certificate lie (RFC 5280 section 4.1), by offsets into its DER.

Imports next to nothing: it is for scans of many certificates, where every module costs start-up.
"""

from __future__ import annotations

import binascii

from everseal.model import der
from everseal.model.errors import BadCertificate
from everseal.model.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

BEGIN: Final = b"-----BEGIN CERTIFICATE-----"
END: Final = b"-----END CERTIFICATE-----"
_MOST_BYTES: Final = 256 * 1024
_VERSION: Final = 0xA0
_FIELDS: Final = [der.INTEGER, *[der.SEQUENCE] * 5]
_EXTENSIONS: Final = 0xA3
_SAN: Final = bytes.fromhex("551d11")
_AKI: Final = bytes.fromhex("551d23")
_AIA: Final = bytes.fromhex("2b06010505070101")
_OCSP: Final = bytes.fromhex("2b06010505073001")
_KEY_ID: Final = 0x80
URI: Final = 0x86
_COMMON_NAME: Final = bytes.fromhex("550403")
_KINDS: dict[int, Literal["dns", "ip"]] = {0x82: "dns", 0x87: "ip"}
_ENCODINGS: Final = {0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}


class Anatomy:
    """Offsets (start, end) of a certificate's fields.

    ``serial``, ``issuer``, ``subject`` and ``validity`` are contents; ``spki`` is the whole element.
    ``extensions`` maps the octets of an extension's OID to the content of its value; the first of
    several with one OID counts, and one that is malformed is left out.
    """

    __slots__ = ("data", "extensions", "issuer", "serial", "spki", "subject", "validity")

    def __init__(self, data: bytes) -> None:
        """Raises BadDer for what is no certificate."""
        start, stop = der.expect(data, 0, len(data), der.SEQUENCE)
        if stop != len(data):
            raise der.BadDer("something is appended to the certificate")
        start, stop = der.expect(data, start, stop, der.SEQUENCE)
        fields = der.readable(data, start, stop)
        if fields and fields[0][0] == _VERSION:
            fields = fields[1:]
        if [field[0] for field in fields[:6]] != _FIELDS:
            raise der.BadDer("this is no certificate")
        self.data = data
        self.serial = fields[0][2:]
        self.issuer = fields[2][2:]
        self.validity = fields[3][2:]
        self.subject = fields[4][2:]
        self.spki = (fields[5][1], fields[5][3])
        self.extensions = {}
        for tag, _, begin, end in fields[6:]:
            if tag == _EXTENSIONS:
                self.extensions = _extensions(data, begin, end)

    def octets(self, span: tuple[int, int]) -> bytes:
        return self.data[span[0] : span[1]]


def _extensions(data: bytes, start: int, stop: int) -> dict[bytes, tuple[int, int]]:
    found: dict[bytes, tuple[int, int]] = {}
    try:
        start, stop = der.expect(data, start, stop, der.SEQUENCE)
        for _, _, begin, end in der.readable(data, start, stop):
            try:
                oid_start, oid_stop = der.expect(data, begin, end, der.OBJECT_IDENTIFIER)
                value = der.children(data, oid_stop, end)[-1]
            except (der.BadDer, IndexError):
                continue
            if value[0] == der.OCTET_STRING:
                found.setdefault(data[oid_start:oid_stop], value[2:])
    except der.BadDer:
        pass
    return found


def first_certificate(data: bytes) -> bytes:
    """The DER of the first certificate in PEM, or the data itself where it is no PEM.

    Raises BadDer.
    """
    begin = data.find(BEGIN)
    if begin < 0:
        if data[:1] == b"\x30":
            return data
        raise der.BadDer("there is no certificate in it")
    end = data.find(END, begin)
    if end < 0:
        raise der.BadDer("a certificate in it is cut short")
    return decoded(data[begin + len(BEGIN) : end])


def decoded(body: bytes) -> bytes:
    """The octets of a PEM body.  Raises BadDer."""
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error:
        raise der.BadDer("a certificate in it is no base64") from None


def validity(certificate: Anatomy) -> tuple[int, int]:
    """notBefore and notAfter in seconds since 1970.  Raises BadDer."""
    moments = der.children(certificate.data, *certificate.validity)
    if len(moments) != 2:
        raise der.BadDer("its validity is not two moments")
    first, second = (der.seconds(tag, certificate.data[begin:end]) for tag, _, begin, end in moments)
    return first, second


def alternative_names(certificate: Anatomy) -> list[tuple[Literal["dns", "ip"], bytes]]:
    """``("dns", text)`` and ``("ip", 4 or 16 octets)`` in the order of the SAN; others are left out."""
    span = certificate.extensions.get(_SAN)
    if span is None:
        return []
    data = certificate.data
    try:
        start, stop = der.expect(data, *span, der.SEQUENCE)
    except der.BadDer:
        return []
    return [
        (_KINDS[tag], data[begin:end])
        for tag, _, begin, end in der.readable(data, start, stop)
        if tag in _KINDS
    ]


def authority_key_id(certificate: Anatomy) -> bytes | None:
    """The key identifier of the issuer (RFC 5280 section 4.2.1.1)."""
    span = certificate.extensions.get(_AKI)
    if span is None:
        return None
    data = certificate.data
    try:
        start, stop = der.expect(data, *span, der.SEQUENCE)
        for tag, _, begin, end in der.children(data, start, stop):
            if tag == _KEY_ID:
                return data[begin:end]
    except der.BadDer:
        return None
    return None


def ocsp_urls(certificate: Anatomy) -> tuple[str, ...]:
    """The URLs of the authority information access that are for OCSP (RFC 5280 section 4.2.2.1)."""
    data = certificate.data
    found = []
    for begin, end in members(certificate, _AIA):
        try:
            method, place = der.children(data, begin, end)[:2]
        except (der.BadDer, ValueError):
            continue
        if data[method[2] : method[3]] == _OCSP and place[0] == URI:
            found.append(data[place[2] : place[3]].decode("ascii", "backslashreplace"))
    return tuple(found)


def members(certificate: Anatomy, oid: bytes) -> list[tuple[int, int]]:
    """The contents of the members of an extension that is a sequence; none where it is malformed."""
    span = certificate.extensions.get(oid)
    if span is None:
        return []
    try:
        start, stop = der.expect(certificate.data, *span, der.SEQUENCE)
        return [(begin, end) for _, _, begin, end in der.children(certificate.data, start, stop)]
    except der.BadDer:
        return []


def attributes(certificate: Anatomy, name: tuple[int, int]) -> list[tuple[bytes, str]]:
    """Octets of the OID and text of each attribute of the issuer or subject, as far as they can be read."""
    data = certificate.data
    found = []
    try:
        for _, _, start, stop in der.readable(data, *name):
            for _, _, begin, end in der.readable(data, start, stop):
                oid, value = der.children(data, begin, end)[:2]
                text = data[value[2] : value[3]].decode(_ENCODINGS.get(value[0], "utf-8"), "replace")
                found.append((data[oid[2] : oid[3]], text))
    except ValueError:
        pass
    return found


def common_name(attributes: list[tuple[bytes, str]]) -> str | None:
    """The first one."""
    return next((text for oid, text in attributes if oid == _COMMON_NAME), None)


def name_text(kind: Literal["dns", "ip"], octets: bytes) -> str:
    """An alternative name as text; octets that make no name stay visible."""
    if kind == "dns":
        return octets.decode("ascii", "backslashreplace")
    if len(octets) not in {4, 16}:
        return octets.hex(":")
    import ipaddress

    return str(ipaddress.ip_address(octets))


def refuse_huge(data: bytes) -> None:
    """Raises BadCertificate for more than 256 KiB, which no chain has."""
    if len(data) > _MOST_BYTES:
        raise unreadable(f"it is larger than {_MOST_BYTES // 1024} KiB")


def unreadable(why: str) -> BadCertificate:
    """What an operator is told."""
    return BadCertificate(
        f"the certificate cannot be read: {printable(why)}",
        remedy="see that the file holds a certificate in PEM form and is complete",
    )
