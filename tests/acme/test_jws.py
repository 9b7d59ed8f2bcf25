"""JWS and JWK: the vectors of RFC 7515, 7638 and 8037, and other people's implementations as oracles."""

from __future__ import annotations

import json
from typing import Any

import joserfc.jwk
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.acme.jws import (
    BadJws,
    HmacAlgorithm,
    algorithm_of,
    b64url,
    compact_json,
    hmac_flattened,
    public_key_from_jwk,
    read_flattened,
    sign_flattened,
    thumbprint,
    unb64url,
    verify_flattened,
    verify_hmac,
)
from everseal.model.keys import EcdsaKind, RsaKind
from everseal.model.private_key import PrivateKey

# RFC 8037 appendix A.1
ED25519 = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
# RFC 7515 appendix A.3.1
P256 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
# RFC 7515 appendix A.4.1
P521 = {
    "kty": "EC",
    "crv": "P-521",
    "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
    "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
}
# RFC 7515 appendix A.2.1
RSA_N = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR"
    "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB"
    "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
    "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)
A2_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
    "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
    "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
    "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)
A4_SIGNATURE = (
    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7Xdt"
    "AG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
)
CLAIMS = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
# RFC 7515 appendix A.1
HMAC_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"

KEYS = {
    "ES256": PrivateKey.generate(EcdsaKind("secp256r1")),
    "ES384": PrivateKey.generate(EcdsaKind("secp384r1")),
    "ES512": PrivateKey.generate(EcdsaKind("secp521r1")),
    "RS256": PrivateKey.generate(RsaKind(2048)),
    "EdDSA": PrivateKey.from_jwk(ED25519),
}


def public(jwk: dict[str, str]) -> dict[str, object]:
    return {name: value for name, value in jwk.items() if name != "d"}


@pytest.mark.parametrize(
    ("header", "payload", "signature", "jwk"),
    [
        (
            "eyJhbGciOiJFUzI1NiJ9",
            CLAIMS,
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            public(P256),
        ),
        (
            "eyJhbGciOiJFUzUxMiJ9",
            "UGF5bG9hZA",
            A4_SIGNATURE,
            dict(P521),
        ),
        ("eyJhbGciOiJSUzI1NiJ9", CLAIMS, A2_SIGNATURE, {"kty": "RSA", "n": RSA_N, "e": "AQAB"}),
        (
            "eyJhbGciOiJFZERTQSJ9",
            "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            public(ED25519),
        ),
    ],
    ids=["RFC 7515 A.3", "RFC 7515 A.4", "RFC 7515 A.2", "RFC 8037 A.4"],
)
def test_the_signatures_of_the_rfcs(
    header: str, payload: str, signature: str, jwk: dict[str, object]
) -> None:
    jws = {"protected": header, "payload": payload, "signature": signature}
    protected, content = verify_flattened(jws, jwk)
    assert protected == {"alg": algorithm_of(jwk)}
    assert content == unb64url(payload)
    with pytest.raises(BadJws):
        verify_flattened({**jws, "payload": "e30"}, jwk)


def test_the_mac_of_rfc_7515_a_1() -> None:
    jws = {
        "protected": "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        "payload": CLAIMS,
        "signature": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    protected, payload = verify_hmac(jws, unb64url(HMAC_KEY))
    assert protected == {"typ": "JWT", "alg": "HS256"}
    assert json.loads(payload)["iss"] == "joe"
    with pytest.raises(BadJws, match="MAC is wrong"):
        verify_hmac(jws, b"another key")


def test_the_ed25519_signature_of_rfc_8037_is_made_again() -> None:
    jws = sign_flattened(b"Example of Ed25519 signing", {}, KEYS["EdDSA"])
    assert jws["protected"] == "eyJhbGciOiJFZERTQSJ9"
    assert (
        jws["signature"]
        == "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_the_thumbprint_of_rfc_7638() -> None:
    jwk = {
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368Q"
        "QMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2Nc"
        "Rwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_thumbprint_of_rfc_8037() -> None:
    assert thumbprint(ED25519) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("alg", KEYS)
def test_thumbprints_are_those_of_another_implementation(alg: str) -> None:
    jwk = KEYS[alg].public_jwk()
    assert thumbprint(jwk) == joserfc.jwk.import_key(dict(jwk)).thumbprint()


@pytest.mark.parametrize("alg", KEYS)
def test_what_is_signed_verifies_here_and_elsewhere(alg: str) -> None:
    key = KEYS[alg]
    header = {"nonce": "abc", "url": "https://ca.example/x", "jwk": key.public_jwk()}
    jws = sign_flattened(b'{"a":1}', header, key)
    protected, payload = verify_flattened(jws, key.public_jwk())
    assert protected == {"alg": alg, **header}
    assert payload == b'{"a":1}'
    compact = f"{jws['protected']}.{jws['payload']}.{jws['signature']}"
    assert jwt.decode_complete(compact, jwt.PyJWK({**key.public_jwk(), "alg": alg}), algorithms=[alg])[
        "payload"
    ] == {"a": 1}


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_macs_verify_here_and_elsewhere(alg: HmacAlgorithm) -> None:
    secret = bytes(range(64))
    jws = hmac_flattened(b'{"a":1}', {"kid": "k", "url": "u"}, secret, alg)
    assert verify_hmac(jws, secret) == ({"alg": alg, "kid": "k", "url": "u"}, b'{"a":1}')
    compact = f"{jws['protected']}.{jws['payload']}.{jws['signature']}"
    assert jwt.decode(compact, secret, algorithms=[alg]) == {"a": 1}


def test_an_empty_payload_stays_empty() -> None:
    assert sign_flattened(b"", {}, KEYS["ES256"])["payload"] == ""


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512"])
def test_ecdsa_signatures_have_the_curves_width(alg: str) -> None:
    width = {"ES256": 64, "ES384": 96, "ES512": 132}[alg]
    for _ in range(20):
        assert len(unb64url(sign_flattened(b"", {}, KEYS[alg])["signature"])) == width


@given(st.binary())
def test_base64url_round_trips(data: bytes) -> None:
    text = b64url(data)
    assert "=" not in text
    assert unb64url(text) == data


@pytest.mark.parametrize("text", ["YQ==", "YQ=", "Y", "a+b", "a/b", "a b", "ä", "YR", "YWJ\n"])
def test_what_is_no_base64url(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        unb64url(text)


GOOD = sign_flattened(b"{}", {"nonce": "n", "url": "u"}, KEYS["ES256"])


@pytest.mark.parametrize(
    "change",
    [
        {"header": {"alg": "none"}},
        {"signatures": []},
        {"protected": 5},
        {"protected": "%%%"},
        {"protected": b64url(b"[]")},
        {"protected": b64url(b"{")},
        {"protected": b64url(b'{"alg":"ES256","b64":false}')},
        {"protected": b64url(b'{"alg":"ES256","crit":["x"]}')},
        {"protected": b64url(b'{"alg":"none"}')},
        {"protected": b64url(b'{"alg":"HS256"}')},
        {"protected": b64url(b'{"alg":"ES384"}')},
        {"payload": "e30="},
        {"signature": ""},
        {"signature": b64url(b"\0" * 64)},
        {"signature": b64url(b"\xff" * 63)},
    ],
)
def test_what_acme_does_not_allow(change: dict[str, object]) -> None:
    with pytest.raises(BadJws):
        verify_flattened({**GOOD, **change}, KEYS["ES256"].public_jwk())


@pytest.mark.parametrize("alg", ["ES256", "none", None])
def test_a_mac_of_another_kind(alg: object) -> None:
    jws = {"protected": b64url(compact_json({"alg": alg})), "payload": "", "signature": ""}
    with pytest.raises(BadJws, match="no MAC"):
        verify_hmac(jws, b"key")


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AA"},
        {"kty": 5},
        {"kty": []},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": RSA_N},
        {"kty": "RSA", "n": RSA_N, "e": "AA"},
        {**public(P256), "x": "AA"},
        {**public(P256), "x": public(P256)["y"]},
        {**public(P256), "crv": "P-384"},
        {**public(P256), "crv": "secp256k1"},
        {**public(P256), "crv": []},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": ED25519["x"]},
        dict(ED25519),
    ],
)
def test_keys_that_are_none(jwk: dict[str, object]) -> None:
    with pytest.raises(BadJws):
        public_key_from_jwk(jwk)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
)


@given(st.dictionaries(st.sampled_from(["protected", "payload", "signature", "header", "x"]), JSON_VALUES))
def test_any_object_is_read_or_refused(jws: dict[str, Any]) -> None:
    try:
        read_flattened(jws)
    except BadJws:
        return


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d"]),
        st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "AQAB", RSA_N, P256["x"], ""]) | JSON_VALUES,
    )
)
def test_any_jwk_is_read_or_refused(jwk: dict[str, Any]) -> None:
    for attempt in (public_key_from_jwk, algorithm_of, thumbprint):
        try:
            attempt(jwk)
        except BadJws:
            continue
