"""A private key: of an account or of a certificate.

This module is light; ``cryptography`` is loaded when a key is made or read, so that a run in which
nothing is due does without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from everseal.model.key_material import Material
    from everseal.model.keys import KeyKind
    from everseal.model.names import Identifier


class PrivateKey:
    """An RSA, ECDSA or Ed25519 key; a :class:`~everseal.model.keys.Signer`.

    It shows nothing of itself in ``repr`` and cannot be pickled.  Two are equal when their public keys are.
    """

    __slots__ = ("material",)

    def __init__(self, material: Material) -> None:
        self.material: Final = material

    @classmethod
    def generate(cls, kind: KeyKind) -> PrivateKey:
        """A new key; RSA has the public exponent 65537."""
        from everseal.model import key_material

        return cls(key_material.generate(kind))

    @classmethod
    def from_pem(cls, data: bytes) -> PrivateKey:
        """The first private key in ``data``: PKCS#8, PKCS#1 or SEC 1, not encrypted.  Raises BadKey."""
        from everseal.model import key_material

        return cls(key_material.load_pem(data))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> PrivateKey:
        """A private JSON Web Key (RFC 7517); other members are passed over.  Raises BadKey."""
        from everseal.model import jwk as jwks

        return cls(jwks.read(jwk))

    @property
    def kind(self) -> KeyKind | None:
        """None for Ed25519, which no public CA takes for certificates."""
        from everseal.model import key_material

        return key_material.kind(self.material)

    @property
    def alg(self) -> str:
        """The JWS algorithm: ES256, ES384, ES512, RS256 or EdDSA."""
        from everseal.model import key_material

        return key_material.algorithm(self.material)

    def sign(self, data: bytes) -> bytes:
        """A JWS signature with ``alg``: raw r||s for ECDSA (RFC 7518 section 3.4)."""
        from everseal.model import key_material

        return key_material.sign(self.material, data)

    def public_jwk(self) -> dict[str, str]:
        """The public key's required members only (RFC 7638 section 3.2)."""
        from everseal.model import jwk

        return jwk.public(self.material)

    def to_jwk(self) -> dict[str, str]:
        """The whole private key, with the members that Certbot writes into ``private_key.json``."""
        from everseal.model import jwk

        return jwk.private(self.material)

    def to_pem(self) -> bytes:
        """PKCS#8, not encrypted."""
        from everseal.model import key_material

        return key_material.to_pem(self.material)

    def public_pem(self) -> bytes:
        """SubjectPublicKeyInfo as PEM with its final newline."""
        from everseal.model import key_material

        return key_material.public_pem(self.material)

    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo as DER."""
        from everseal.model import key_material

        return key_material.spki_der(self.material)

    def csr(self, identifiers: Sequence[Identifier], *, must_staple: bool = False) -> bytes:
        """A signing request in DER with an empty subject; see :func:`everseal.model.csr.make_csr`."""
        from everseal.model import csr

        return csr.make_csr(self.material, identifiers, must_staple=must_staple)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateKey) and other.spki_der() == self.spki_der()

    def __hash__(self) -> int:
        return hash(self.spki_der())

    def __repr__(self) -> str:
        return f"<PrivateKey {self.alg}>"

    def __reduce__(self) -> tuple[type[PrivateKey], tuple[Material]]:
        raise TypeError("a private key is not pickled")
