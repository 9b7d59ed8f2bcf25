"""Private keys as ``cryptography`` holds them: reading, writing, signing.

:class:`~everseal.model.private_key.PrivateKey` is what others use; it loads this module, and with it
``cryptography``, when a key is first asked for something.
"""

from __future__ import annotations

import re
from typing import Final, assert_never

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from everseal.model.errors import BadKey
from everseal.model.keys import CURVES, RSA_MAXIMUM, Curve, EcdsaKind, KeyKind, RsaKind

Material = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

LONGEST_PEM: Final = 64 * 1024
_CURVE_CLASSES: Final[dict[Curve, type[ec.EllipticCurve]]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}
_ECDSA: Final[dict[Curve, tuple[str, type[hashes.HashAlgorithm]]]] = {
    "secp256r1": ("ES256", hashes.SHA256),
    "secp384r1": ("ES384", hashes.SHA384),
    "secp521r1": ("ES512", hashes.SHA512),
}
_PRIVATE_BLOCK: Final = re.compile(
    rb"-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL
)
_OTHER_FILE: Final = "check that this is the private key's file; it begins with -----BEGIN PRIVATE KEY-----"


def generate(kind: KeyKind) -> Material:
    match kind:
        case RsaKind(bits=bits):
            return rsa.generate_private_key(65537, bits)
        case EcdsaKind(curve=curve):
            return ec.generate_private_key(_CURVE_CLASSES[curve]())
        case _:
            assert_never(kind)


def load_pem(data: bytes) -> Material:
    """The first private key in ``data``.  Raises BadKey."""
    if len(data) > LONGEST_PEM:
        raise BadKey(
            f"the private key is longer than {LONGEST_PEM // 1024} KiB, which no key is", remedy=_OTHER_FILE
        )
    block = _PRIVATE_BLOCK.search(data)
    if block is None:
        raise BadKey(f"it holds no private key, but {_what_it_holds(data)}", remedy=_OTHER_FILE)
    if block[1] == b"ENCRYPTED PRIVATE KEY" or b"Proc-Type: 4,ENCRYPTED" in block[0]:
        raise BadKey(
            "the private key is encrypted with a passphrase, and nobody is there to type it at renewal",
            remedy="write it without one: openssl pkey -in ENCRYPTED.pem -out KEY.pem",
        )
    try:
        key = serialization.load_pem_private_key(block[0], password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(
            "the private key is damaged or of a kind that is not known", remedy="put a sound copy there"
        ) from None
    return usable(key)


def usable(key: object) -> Material:
    """Raises BadKey for kinds that no certificate authority takes."""
    match key:
        case rsa.RSAPrivateKey():
            if key.key_size > RSA_MAXIMUM:
                raise BadKey(
                    f"the RSA key has {key.key_size} bits, more than {RSA_MAXIMUM}",
                    remedy="use a smaller key; 2048 and 4096 bits are usual",
                )
            return key
        case ec.EllipticCurvePrivateKey() if key.curve.name in CURVES:
            return key
        case ed25519.Ed25519PrivateKey():
            return key
        case ec.EllipticCurvePrivateKey():
            kind = f"on the curve {key.curve.name}"
        case _:
            kind = "neither RSA nor ECDSA nor Ed25519"
    raise BadKey(
        f"the private key is {kind}, which no certificate authority takes",
        remedy=f"use an RSA key, or an ECDSA key on one of {', '.join(CURVES)}",
    )


def kind(key: Material) -> KeyKind | None:
    match key:
        case rsa.RSAPrivateKey():
            return RsaKind(key.key_size)
        case ec.EllipticCurvePrivateKey():
            return EcdsaKind(curve(key))
        case ed25519.Ed25519PrivateKey():
            return None
        case _:
            assert_never(key)


def algorithm(key: Material) -> str:
    """The JWS algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1)."""
    match key:
        case rsa.RSAPrivateKey():
            return "RS256"
        case ec.EllipticCurvePrivateKey():
            return _ECDSA[curve(key)][0]
        case ed25519.Ed25519PrivateKey():
            return "EdDSA"
        case _:
            assert_never(key)


def sign(key: Material, data: bytes) -> bytes:
    """A JWS signature: raw r||s for ECDSA, each as wide as the curve (RFC 7518 section 3.4)."""
    match key:
        case rsa.RSAPrivateKey():
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        case ec.EllipticCurvePrivateKey():
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(_ECDSA[curve(key)][1]())))
            width = (key.key_size + 7) // 8
            return r.to_bytes(width, "big") + s.to_bytes(width, "big")
        case ed25519.Ed25519PrivateKey():
            return key.sign(data)
        case _:
            assert_never(key)


def curve(key: ec.EllipticCurvePrivateKey) -> Curve:
    """The curve of a key that is ``usable``."""
    return next(name for name in CURVES if name == key.curve.name)


def to_pem(key: Material) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: Material) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def spki_der(key: Material) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _what_it_holds(data: bytes) -> str:
    if not data.strip():
        return "is empty"
    for mark, what in (
        (b"BEGIN CERTIFICATE REQUEST", "a certificate signing request"),
        (b"BEGIN CERTIFICATE", "a certificate"),
        (b"BEGIN PUBLIC KEY", "a public key"),
        (b"BEGIN OPENSSH PRIVATE KEY", "an SSH key"),
    ):
        if mark in data:
            return what
    return "something else"
