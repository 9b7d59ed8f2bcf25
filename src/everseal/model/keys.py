"""Kinds of key, and what can sign with one.

The key material itself is in :mod:`everseal.model.private_key`, which loads ``cryptography``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from everseal.model.errors import BadKeyKind
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

Curve = Literal["secp256r1", "secp384r1", "secp521r1"]
CURVES: tuple[Curve, ...] = ("secp256r1", "secp384r1", "secp521r1")
RSA_MINIMUM = 2048
RSA_MAXIMUM = 16384


@dataclass(frozen=True, slots=True)
class RsaKind:
    """RSA with a modulus of ``bits`` bits."""

    bits: int = 2048
    type: ClassVar[Literal["rsa"]] = "rsa"

    def __str__(self) -> str:
        return f"RSA {self.bits}"


@dataclass(frozen=True, slots=True)
class EcdsaKind:
    """ECDSA on a NIST curve, named as in RFC 8422."""

    curve: Curve = "secp256r1"
    type: ClassVar[Literal["ecdsa"]] = "ecdsa"

    def __str__(self) -> str:
        return f"ECDSA {self.curve}"


KeyKind = RsaKind | EcdsaKind
DEFAULT_KIND: KeyKind = EcdsaKind()


def parse_key_kind(key_type: str, *, rsa_bits: int = 2048, curve: str = "secp256r1") -> KeyKind:
    """Raises BadKeyKind for a type, size or curve that cannot be."""
    match key_type.lower():
        case "rsa":
            if not RSA_MINIMUM <= rsa_bits <= RSA_MAXIMUM:
                raise BadKeyKind(
                    f"Unsupported RSA key length: {rsa_bits}",
                    remedy=f"give --rsa-key-size from {RSA_MINIMUM} to {RSA_MAXIMUM}; 2048 is usual",
                )
            return RsaKind(rsa_bits)
        case "ecdsa":
            for known in CURVES:
                if curve.lower() == known:
                    return EcdsaKind(known)
            raise BadKeyKind(
                f"Unsupported elliptic curve: {curve}",
                remedy=f"give --elliptic-curve as one of {', '.join(CURVES)}",
            )
        case _:
            raise BadKeyKind(
                f"Unsupported key type: {key_type}", remedy="give --key-type rsa or --key-type ecdsa"
            )


class Signer(Protocol):
    """Something that holds an account key and signs with it (RFC 7518 algorithms)."""

    @property
    def alg(self) -> str:
        """The JWS algorithm: ES256, ES384, ES512, RS256 or EdDSA."""

    def public_jwk(self) -> Mapping[str, str]:
        """The public key's required members only (RFC 7638 section 3.2)."""

    def sign(self, data: bytes) -> bytes:
        """A JWS signature: raw r||s for ECDSA (RFC 7518 section 3.4)."""
