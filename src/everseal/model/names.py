"""Identifiers that a certificate is for, and the handle an operator gives a lineage.

Identifiers are DNS names (RFC 8555 section 9.7.7) and IP addresses (RFC 8738).
"""

from __future__ import annotations

import ipaddress
import re
from typing import ClassVar, Literal

from everseal.model.errors import BadName
from everseal.model.frozen import dataclass

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\Z")
_END_OF_HOST = re.compile(r"[:/?#]")
_MAX_NAME = 253
_MAX_LABEL = 63
_MAX_FILE_NAME = 255 - len("-0001.conf.new")


@dataclass(frozen=True, slots=True, order=True)
class DnsName:
    """A DNS name in A-label form: lower case, no trailing dot, perhaps a leading ``*.``."""

    value: str
    type: ClassVar[Literal["dns"]] = "dns"

    @classmethod
    def parse(cls, text: str) -> DnsName:
        """Read what an operator wrote; U-labels become A-labels (IDNA 2008, UTS 46).

        Raises BadName.
        """
        name = text.strip().lower()
        _refuse_what_is_no_name(text, name)
        name = name.removesuffix(".")
        prefix, base = ("*.", name[2:]) if name.startswith("*.") else ("", name)
        ascii_base = base if base.isascii() else _to_a_labels(text, base)
        _check_length(text, prefix + ascii_base)
        _check_labels(text, ascii_base)
        return cls(prefix + ascii_base)

    @property
    def is_wildcard(self) -> bool:
        return self.value.startswith("*.")

    @property
    def base(self) -> DnsName:
        """The name without its ``*.``: what the authorization is for."""
        return DnsName(self.value.removeprefix("*."))

    def unicode(self) -> str:
        """The name with U-labels, for people; the A-labels where they cannot be decoded."""
        if "xn--" not in self.value:
            return self.value
        import idna

        prefix = "*." if self.is_wildcard else ""
        try:
            return prefix + idna.decode(self.base.value)
        except UnicodeError:
            return self.value

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class IpAddress:
    """An IPv4 or IPv6 address in canonical text form (RFC 5952 for IPv6)."""

    value: str
    type: ClassVar[Literal["ip"]] = "ip"
    is_wildcard: ClassVar[bool] = False

    @classmethod
    def parse(cls, text: str) -> IpAddress:
        """Read an address; raises BadName."""
        bare = text.strip().removeprefix("[").removesuffix("]")
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            raise BadName(
                text, "is not an IP address", remedy="write it as 192.0.2.7 or 2001:db8::7"
            ) from None
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
            raise BadName(text, "has a scope", remedy="leave out the part after the % sign")
        return cls(_canonical(address))

    @property
    def base(self) -> IpAddress:
        return self

    @property
    def packed(self) -> bytes:
        """4 or 16 octets, as in a certificate's iPAddress."""
        return ipaddress.ip_address(self.value).packed

    @property
    def reverse_name(self) -> str:
        """The name under in-addr.arpa or ip6.arpa, used as SNI by tls-alpn-01 (RFC 8738 section 6)."""
        return ipaddress.ip_address(self.value).reverse_pointer

    def unicode(self) -> str:
        return self.value

    def __str__(self) -> str:
        return self.value


Identifier = DnsName | IpAddress


def parse_identifier(text: str) -> Identifier:
    """A DNS name, or an IP address where the text is one; raises BadName."""
    return IpAddress.parse(text) if _is_address(text.strip()) else DnsName.parse(text)


@dataclass(frozen=True, slots=True, order=True)
class CertificateName:
    """The operator's handle for a lineage (``--cert-name``); also a file name, so checked as one."""

    value: str

    @classmethod
    def parse(cls, text: str) -> CertificateName:
        """Raises BadName for what could not be a single file name in every directory we use."""
        if not text or text in {".", ".."}:
            raise BadName(text, "is not a certificate name", remedy="use letters, digits, dots and hyphens")
        if "/" in text or "\0" in text:
            raise BadName(
                text, "has a slash in it", remedy="a certificate name is a file name: leave out the /"
            )
        if not text.isprintable():
            raise BadName(
                text, "has a control character in it", remedy="use letters, digits, dots and hyphens"
            )
        if len(text.encode("utf-8", "surrogateescape")) > _MAX_FILE_NAME:
            raise BadName(
                text,
                "is too long for a certificate name",
                remedy=f"give one of at most {_MAX_FILE_NAME} bytes with --cert-name",
            )
        return cls(text)

    @classmethod
    def from_identifier(cls, identifier: Identifier) -> CertificateName:
        """The name a lineage gets when the operator gives none: its first identifier without ``*.``.

        Raises BadName for the few DNS names that are too long for a file name.
        """
        return cls.parse(identifier.base.value)

    def __str__(self) -> str:
        return self.value


def _refuse_what_is_no_name(text: str, name: str) -> None:
    if not name or name == ".":
        raise BadName(text, "is empty", remedy="give a domain name such as example.com")
    if name in {"*", "*."}:
        raise BadName(text, "is a wildcard for nothing", remedy="write it as *.example.com")
    for scheme in ("http://", "https://"):
        if name.startswith(scheme):
            raise BadName(
                text, f"begins with {scheme}", remedy=f"leave out the {scheme} and what follows the name"
            )
    if _is_address(name):
        raise BadName(
            text, "is an IP address, not a domain name", remedy=f"ask for it with --ip-address {name}"
        )


def _is_address(text: str) -> bool:
    """Perhaps in brackets; one that has no colon ends in a digit, as hardly a name does."""
    bare = text.removeprefix("[").removesuffix("]")
    if ":" not in bare and not bare[-1:].isdigit():
        return False
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


def _canonical(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """RFC 5952, with the dotted form of section 5, which Python writes only since 3.13."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)


def _to_a_labels(text: str, base: str) -> str:
    import idna

    _check_length(text, base)
    try:
        return idna.encode(base, uts46=True, std3_rules=True).decode("ascii").lower()
    except UnicodeError as error:
        raise BadName(
            text, f"cannot be written in Punycode ({error})", remedy="check the spelling of the name"
        ) from None


def _check_length(text: str, name: str) -> None:
    if len(name) > _MAX_NAME:
        raise BadName(text, f"is longer than {_MAX_NAME} characters", remedy="use a shorter name")


def _check_labels(text: str, name: str) -> None:
    for label in name.split("."):
        if not label:
            raise BadName(text, "has an empty label", remedy="remove the doubled or leading dot")
        if len(label) > _MAX_LABEL:
            raise BadName(
                text, f"has a label longer than {_MAX_LABEL} characters", remedy="use a shorter name"
            )
        if label == "*":
            raise BadName(
                text, "has a wildcard that is not the first label", remedy="only *.example.com is possible"
            )
        if not _LABEL.match(label):
            raise BadName(
                text, f"has a label that is no host name ({label!r})", remedy=_remedy_for_label(label)
            )
    if label.isdigit():
        raise BadName(
            text,
            "ends in a number, as no domain name does, and is not an IP address",
            remedy="check the spelling; an IPv4 address has four numbers below 256 without leading zeros",
        )


def _remedy_for_label(label: str) -> str:
    match = _END_OF_HOST.search(label)
    if match is not None:
        return f"give the name alone, without the {match[0]!r} and what follows it"
    if "@" in label:
        return "give the domain name alone, without the part up to the @"
    if "," in label or " " in label:
        return "give each name with a -d of its own, or separate them with commas alone"
    return "use letters, digits and hyphens; a hyphen is neither first nor last"
