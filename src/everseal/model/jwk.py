"""Private keys as JSON Web Keys (RFC 7517, 7518 section 6, RFC 8037), member for member as Certbot has them.

Certbot keeps an account key as ``private_key.json``: RSA with all of n, e, d, p, q, dp, dq and qi, EC with
crv, x, y and d.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from everseal.model import base64url
from everseal.model.errors import BadKey
from everseal.model.key_material import Material, curve, usable
from everseal.model.keys import RSA_MAXIMUM, Curve

_CRV: Final[dict[Curve, str]] = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_REMEDY: Final = "put back private_key.json from a backup, or register a new account"
_LONGEST_NUMBER: Final = (RSA_MAXIMUM // 8) * 4 // 3 + 8


def read(jwk: Mapping[str, object]) -> Material:
    """Raises BadKey."""
    try:
        match jwk.get("kty"):
            case "RSA":
                return usable(_read_rsa(jwk))
            case "EC":
                return usable(_read_ec(jwk))
            case "OKP" if jwk.get("crv") == "Ed25519":
                return _read_ed25519(jwk)
            case _:
                why = "it is of a kind that is not known"
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):
        why = "its numbers do not make a key"
    raise BadKey(f"the JSON Web Key is of no use: {why}", remedy=_REMEDY)


def public(key: Material) -> dict[str, str]:
    """The members that RFC 7638 section 3.2 requires, no more."""
    match key:
        case rsa.RSAPrivateKey():
            numbers = key.public_key().public_numbers()
            return {"n": _number(numbers.n), "e": _number(numbers.e), "kty": "RSA"}
        case ec.EllipticCurvePrivateKey():
            point = key.public_key().public_numbers()
            width = _width(key.curve)
            return {
                "crv": _CRV[curve(key)],
                "x": base64url.encode(point.x.to_bytes(width, "big")),
                "y": base64url.encode(point.y.to_bytes(width, "big")),
                "kty": "EC",
            }
        case ed25519.Ed25519PrivateKey():
            raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {"crv": "Ed25519", "x": base64url.encode(raw), "kty": "OKP"}
        case _:
            assert_never(key)


def private(key: Material) -> dict[str, str]:
    """The whole key, ``kty`` last."""
    members = public(key)
    kty = members.pop("kty")
    return members | _secret_members(key) | {"kty": kty}


def _secret_members(key: Material) -> dict[str, str]:
    match key:
        case rsa.RSAPrivateKey():
            numbers = key.private_numbers()
            return {
                "d": _number(numbers.d),
                "p": _number(numbers.p),
                "q": _number(numbers.q),
                "dp": _number(numbers.dmp1),
                "dq": _number(numbers.dmq1),
                "qi": _number(numbers.iqmp),
            }
        case ec.EllipticCurvePrivateKey():
            value = key.private_numbers().private_value
            return {"d": base64url.encode(value.to_bytes(_width(key.curve), "big"))}
        case ed25519.Ed25519PrivateKey():
            return {"d": base64url.encode(key.private_bytes_raw())}
        case _:
            assert_never(key)


def _prime_factors(n: int, e: int, d: int) -> tuple[int, int]:
    """Looked for only where there are some to be found: otherwise the search goes on for seconds."""
    if pow(2, e * d, n) != 2 or pow(2, n - 1, n) == 1:
        raise ValueError("modulus and exponents do not fit together")
    return rsa.rsa_recover_prime_factors(n, e, d)


def _read_rsa(jwk: Mapping[str, object]) -> rsa.RSAPrivateKey:
    """The primes and what follows from them may be missing (RFC 7518 section 6.3.2)."""
    n, e, d = (_read_number(jwk, member) for member in ("n", "e", "d"))
    if {"p", "q"} <= jwk.keys():
        p, q = _read_number(jwk, "p"), _read_number(jwk, "q")
    else:
        p, q = _prime_factors(n, e, d)
    dp = _read_number(jwk, "dp") if "dp" in jwk else rsa.rsa_crt_dmp1(d, p)
    dq = _read_number(jwk, "dq") if "dq" in jwk else rsa.rsa_crt_dmq1(d, q)
    qi = _read_number(jwk, "qi") if "qi" in jwk else rsa.rsa_crt_iqmp(p, q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(e, n))
    return numbers.private_key()


def _read_ec(jwk: Mapping[str, object]) -> ec.EllipticCurvePrivateKey:
    found = _CURVES.get(_text(jwk, "crv"))
    if found is None:
        raise ValueError("unknown curve")
    point = ec.EllipticCurvePublicNumbers(_read_number(jwk, "x"), _read_number(jwk, "y"), found)
    return ec.EllipticCurvePrivateNumbers(_read_number(jwk, "d"), point).private_key()


def _read_ed25519(jwk: Mapping[str, object]) -> ed25519.Ed25519PrivateKey:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(base64url.decode(_text(jwk, "d")))
    if "x" in jwk and key.public_key().public_bytes_raw() != base64url.decode(_text(jwk, "x")):
        raise ValueError("the public key is another key's")
    return key


def _text(jwk: Mapping[str, object], member: str) -> str:
    value = jwk.get(member)
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NUMBER:
        raise ValueError(member)
    return value


def _read_number(jwk: Mapping[str, object], member: str) -> int:
    return int.from_bytes(base64url.decode(_text(jwk, member)), "big")


def _number(value: int) -> str:
    return base64url.encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _width(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8
