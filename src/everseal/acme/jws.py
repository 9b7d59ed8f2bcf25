"""JSON Web Signatures as ACME uses them: flattened, one signature, no unprotected header.

RFC 7515 (JWS), RFC 7517 and 7518 (keys, algorithms), RFC 7638 (thumbprint), RFC 8037 (Ed25519),
RFC 8555 section 6.2 (what ACME leaves of them).  Signing needs a :class:`~everseal.model.keys.Signer`;
verifying loads ``cryptography`` when it is first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from everseal.model.base64url import decode, encode
from everseal.model.errors import OperatorError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurve, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from everseal.model.keys import Signer

    PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

HmacAlgorithm = Literal["HS256", "HS384", "HS512"]
HMAC_ALGORITHMS: Final[tuple[HmacAlgorithm, ...]] = get_args(HmacAlgorithm)

b64url: Final = encode
"""Base64url without padding (RFC 7515 section 2)."""

_THUMBPRINT_MEMBERS: Final = {
    "RSA": ("e", "kty", "n"),
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
}
_COORDINATE_BYTES: Final = {"P-256": 32, "P-384": 48, "P-521": 66}
_CURVE_ALGORITHMS: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_RSA_BITS: Final = range(1024, 16385)


class BadJws(OperatorError):
    """A JWS or JWK that cannot be read or whose signature is wrong."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a valid JSON Web Signature: {why}", remedy="look at what made it")
        self.why = why


def unb64url(text: str) -> bytes:
    """The reverse of b64url; raises ValueError for padding, other alphabets and stray bits."""
    try:
        data = decode(text)
    except ValueError:
        raise ValueError("not base64url") from None
    if b64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


def compact_json(value: object) -> bytes:
    """JSON as it is signed: no spaces, ASCII, members in the given order."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def thumbprint(jwk: Mapping[str, object]) -> str:
    """The RFC 7638 thumbprint (SHA-256, base64url, 43 characters) of a public or private JWK.

    Raises BadJws for a key type it does not know.
    """
    import hashlib

    kty = jwk.get("kty")
    members = _THUMBPRINT_MEMBERS.get(kty) if isinstance(kty, str) else None
    if members is None:
        raise BadJws(f"a JWK of type {kty!r} has no thumbprint")
    chosen = {name: _member(jwk, name) for name in members}
    return b64url(hashlib.sha256(compact_json(chosen)).digest())


def sign_flattened(payload: bytes, protected: Mapping[str, object], signer: Signer) -> dict[str, str]:
    """A flattened JWS over ``payload``; ``protected`` gets the signer's ``alg`` in front."""
    signing_input = _signing_input(payload, {"alg": signer.alg, **protected})
    return _flattened(signing_input, signer.sign(signing_input))


def hmac_flattened(
    payload: bytes, protected: Mapping[str, object], key: bytes, alg: HmacAlgorithm
) -> dict[str, str]:
    """A flattened JWS with a MAC, as external account binding has it (RFC 8555 section 7.3.4)."""
    signing_input = _signing_input(payload, {"alg": alg, **protected})
    return _flattened(signing_input, _mac(signing_input, key, alg))


def verify_flattened(jws: Mapping[str, object], jwk: Mapping[str, object]) -> tuple[dict[str, object], bytes]:
    """Protected header and payload of a flattened JWS signed by the key ``jwk``; raises BadJws."""
    protected, payload, signing_input, signature = read_flattened(jws)
    alg = protected.get("alg")
    key = public_key_from_jwk(jwk)
    if alg != algorithm_of(jwk):
        raise BadJws(f"algorithm {alg!r} does not go with the key")
    _check_signature(key, signature, signing_input)
    return protected, payload


def verify_hmac(jws: Mapping[str, object], key: bytes) -> tuple[dict[str, object], bytes]:
    """Protected header and payload of a flattened JWS with a MAC by ``key``; raises BadJws."""
    import hmac

    protected, payload, signing_input, signature = read_flattened(jws)
    alg = protected.get("alg")
    if alg != "HS256" and alg != "HS384" and alg != "HS512":
        raise BadJws(f"algorithm {alg!r} is no MAC")
    if not hmac.compare_digest(_mac(signing_input, key, alg), signature):
        raise BadJws("the MAC is wrong")
    return protected, payload


def read_flattened(jws: Mapping[str, object]) -> tuple[dict[str, object], bytes, bytes, bytes]:
    """Protected header, payload, signing input and signature, nothing verified; raises BadJws.

    ACME allows neither an unprotected header, nor several signatures, nor ``b64`` and ``crit``.
    """
    for forbidden in ("header", "signatures"):
        if forbidden in jws:
            raise BadJws(f"it has the member {forbidden!r}")
    encoded_header, encoded_payload = _member(jws, "protected"), _member(jws, "payload")
    protected = _json_object(_decoded(encoded_header, "protected"))
    for forbidden in ("b64", "crit"):
        if forbidden in protected:
            raise BadJws(f"its header has the member {forbidden!r}")
    payload = _decoded(encoded_payload, "payload")
    signature = _decoded(_member(jws, "signature"), "signature")
    return protected, payload, f"{encoded_header}.{encoded_payload}".encode("ascii"), signature


def algorithm_of(jwk: Mapping[str, object]) -> str:
    """The signature algorithm ACME uses with a key: RS256, ES256/384/512 or EdDSA; raises BadJws."""
    match jwk.get("kty"), jwk.get("crv"):
        case "RSA", _:
            return "RS256"
        case "EC", str(curve) if curve in _CURVE_ALGORITHMS:
            return _CURVE_ALGORITHMS[curve]
        case "OKP", "Ed25519":
            return "EdDSA"
        case kty, curve:
            raise BadJws(f"no algorithm for a key of type {kty!r} and curve {curve!r}")


def public_key_from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The public key in a JWK; private members are refused; raises BadJws."""
    if "d" in jwk:
        raise BadJws("the JWK holds a private key")
    kty = jwk.get("kty")
    try:
        if kty == "RSA":
            return _rsa_key(jwk)
        if kty == "EC":
            return _ec_key(jwk)
        if kty == "OKP" and jwk.get("crv") == "Ed25519":
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

            return Ed25519PublicKey.from_public_bytes(_decoded(_member(jwk, "x"), "x"))
    except ValueError as error:
        raise BadJws(f"the JWK is no key: {error}") from None
    raise BadJws(f"a JWK of type {kty!r} is not supported")


def _rsa_key(jwk: Mapping[str, object]) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    modulus = int.from_bytes(_decoded(_member(jwk, "n"), "n"), "big")
    exponent = int.from_bytes(_decoded(_member(jwk, "e"), "e"), "big")
    if modulus.bit_length() not in _RSA_BITS:
        raise BadJws(f"an RSA key of {modulus.bit_length()} bits is not supported")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _ec_key(jwk: Mapping[str, object]) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicNumbers

    curve_name = jwk.get("crv")
    width = _COORDINATE_BYTES.get(curve_name) if isinstance(curve_name, str) else None
    if width is None:
        raise BadJws(f"the curve {curve_name!r} is not supported")
    x, y = (_decoded(_member(jwk, name), name) for name in ("x", "y"))
    if len(x) != width or len(y) != width:
        raise BadJws("a coordinate has the wrong length")
    curve = _curve(width)
    return EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve).public_key()


def _curve(width: int) -> EllipticCurve:
    from cryptography.hazmat.primitives.asymmetric import ec

    by_width: dict[int, EllipticCurve] = {32: ec.SECP256R1(), 48: ec.SECP384R1(), 66: ec.SECP521R1()}
    return by_width[width]


def _check_signature(key: PublicKey, signature: bytes, data: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_der_signature(signature, key), data, ec.ECDSA(_hash_for(key.curve.key_size)))
        else:
            key.verify(signature, data)
    except InvalidSignature:
        raise BadJws("the signature is wrong") from None


def _hash_for(curve_bits: int) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    by_curve: dict[int, HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    return by_curve[curve_bits]


def _der_signature(raw: bytes, key: EllipticCurvePublicKey) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    width = (key.curve.key_size + 7) // 8
    if len(raw) != 2 * width:
        raise BadJws("the signature has the wrong length")
    return encode_dss_signature(int.from_bytes(raw[:width], "big"), int.from_bytes(raw[width:], "big"))


def _mac(data: bytes, key: bytes, alg: HmacAlgorithm) -> bytes:
    import hmac

    return hmac.digest(key, data, f"sha{alg[2:]}")


def _signing_input(payload: bytes, protected: Mapping[str, object]) -> bytes:
    return f"{b64url(compact_json(protected))}.{b64url(payload)}".encode("ascii")


def _flattened(signing_input: bytes, signature: bytes) -> dict[str, str]:
    protected, _, payload = signing_input.decode("ascii").partition(".")
    return {"protected": protected, "payload": payload, "signature": b64url(signature)}


def _member(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise BadJws(f"the member {name!r} is missing or no text")
    return value


def _decoded(text: str, name: str) -> bytes:
    try:
        return unb64url(text)
    except ValueError as error:
        raise BadJws(f"{name!r} is {error}") from None


def _json_object(data: bytes) -> dict[str, object]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise BadJws("its header is no JSON") from None
    if not isinstance(value, dict):
        raise BadJws("its header is no JSON object")
    return cast("dict[str, object]", value)
