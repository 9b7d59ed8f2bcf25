import copy
import hashlib
import json
import pickle
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from josepy.jwk import JWKEC, JWKRSA
from josepy.util import ComparableECKey, ComparableRSAKey

from everseal.model import base64url
from everseal.model.errors import BadKey
from everseal.model.keys import EcdsaKind, KeyKind, RsaKind
from everseal.model.names import DnsName, Identifier, IpAddress
from everseal.model.private_key import PrivateKey
from tests.model.samples import key, key_pem

KINDS: dict[str, tuple[KeyKind | None, str]] = {
    "rsa2048": (RsaKind(2048), "RS256"),
    "secp256r1": (EcdsaKind("secp256r1"), "ES256"),
    "secp384r1": (EcdsaKind("secp384r1"), "ES384"),
    "secp521r1": (EcdsaKind("secp521r1"), "ES512"),
    "ed25519": (None, "EdDSA"),
}
every_kind = pytest.mark.parametrize("kind", KINDS)

# RFC 7638 section 3.1
RFC_7638_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
    "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb"
    "9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls"
    "1jF44-csFCur-kEgU8awapJzKnqDKgw"
)
# RFC 7517 appendix A.2: the same key with its secrets, and one on P-256
RFC_7517_RSA = {
    "kty": "RSA",
    "n": RFC_7638_N,
    "e": "AQAB",
    "d": (
        "X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXS"
        "zUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm"
        "9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzm"
        "e1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q"
    ),
}
RFC_7517_EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
}
# RFC 8037 appendix A.1
RFC_8037 = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}


def ours(kind: str) -> PrivateKey:
    return PrivateKey.from_pem(key_pem(kind))


@every_kind
def test_a_key_comes_back_from_pem_and_jwk(kind: str) -> None:
    mine = ours(kind)
    assert (mine.kind, mine.alg) == KINDS[kind]
    assert PrivateKey.from_pem(mine.to_pem()) == mine
    assert PrivateKey.from_jwk(mine.to_jwk()) == mine
    assert mine.to_pem() == key_pem(kind)


@pytest.mark.parametrize("kind", [RsaKind(2048), EcdsaKind(), EcdsaKind("secp384r1")])
def test_a_new_key_is_of_the_kind_asked_for(kind: KeyKind) -> None:
    mine = PrivateKey.generate(kind)
    assert mine.kind == kind
    assert mine != PrivateKey.generate(EcdsaKind())
    assert mine.to_pem().startswith(b"-----BEGIN PRIVATE KEY-----\n")


@every_kind
def test_its_public_key_is_written_as_openssl_writes_it(kind: str) -> None:
    public = key(kind).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    assert ours(kind).public_pem() == public.public_bytes(serialization.Encoding.PEM, spki)
    assert ours(kind).spki_der() == public.public_bytes(serialization.Encoding.DER, spki)


def test_older_forms_of_pem_are_read() -> None:
    for kind in ("rsa2048", "secp256r1"):
        older = key(kind).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        assert PrivateKey.from_pem(b"some words\r\n" + parameters + older.replace(b"\n", b"\r\n")) == ours(
            kind
        )


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
)
def test_an_encrypted_key_is_refused_with_the_way_out(form: serialization.PrivateFormat) -> None:
    locked = key("secp256r1").private_bytes(
        serialization.Encoding.PEM, form, serialization.BestAvailableEncryption(b"secret")
    )
    with pytest.raises(BadKey, match="encrypted with a passphrase") as caught:
        PrivateKey.from_pem(locked)
    assert "openssl pkey" in caught.value.remedy


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"junk", "something else"),
        (b"-----BEGIN CERTIFICATE-----\n", "a certificate$"),
        (b"-----BEGIN CERTIFICATE REQUEST-----\n", "a certificate signing request"),
        (b"-----BEGIN PUBLIC KEY-----\n", "a public key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "an SSH key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"),
        (b"x" * 70_000, "longer than 64 KiB"),
    ],
)
def test_what_is_no_key_is_named(data: bytes, why: str) -> None:
    with pytest.raises(BadKey, match=why) as caught:
        PrivateKey.from_pem(data)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (ec.generate_private_key(ec.SECP256K1()), "on the curve secp256k1"),
        (x25519.X25519PrivateKey.generate(), "neither RSA nor"),
    ],
)
def test_kinds_that_no_ca_takes_are_refused(
    made: ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey, why: str
) -> None:
    data = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(BadKey, match=why):
        PrivateKey.from_pem(data)


def test_signatures_are_those_of_rfc_7518() -> None:
    data = b"signing input"
    for kind in KINDS:
        signature = ours(kind).sign(data)
        match key(kind).public_key():
            case rsa.RSAPublicKey() as public:
                public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            case ed25519.Ed25519PublicKey() as other:
                other.verify(signature, data)
            case ec.EllipticCurvePublicKey() as point:
                width = (point.key_size + 7) // 8
                assert len(signature) == 2 * width
                r, s = (int.from_bytes(half, "big") for half in (signature[:width], signature[width:]))
                digest = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[point.key_size]
                point.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))


def test_the_jwk_is_the_one_that_certbot_writes() -> None:
    """Octet for octet: josepy is what Certbot writes private_key.json with."""
    rsa_key, ec_key = key("rsa2048"), key("secp384r1")
    assert isinstance(rsa_key, rsa.RSAPrivateKey)
    assert isinstance(ec_key, ec.EllipticCurvePrivateKey)
    theirs = [JWKRSA(key=ComparableRSAKey(rsa_key)), JWKEC(key=ComparableECKey(ec_key))]
    for jwk, kind in zip(theirs, ("rsa2048", "secp384r1"), strict=True):
        written = jwk.json_dumps()
        assert json.dumps(ours(kind).to_jwk(), sort_keys=True) == json.dumps(
            json.loads(written), sort_keys=True
        )
        assert PrivateKey.from_jwk(json.loads(written)) == ours(kind)
        assert ours(kind).public_jwk() == jwk.public_key().to_json()


@pytest.mark.parametrize(
    ("jwk", "expected"),
    [
        (RFC_7517_RSA, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (RFC_8037, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (RFC_7517_EC, "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"),
    ],
)
def test_the_keys_of_the_rfcs_have_the_rfcs_thumbprints(jwk: dict[str, str], expected: str) -> None:
    """RFC 7638 section 3.1, RFC 8037 appendix A.3, and RFC 7517 appendix A.2 (as josepy has it)."""
    public = PrivateKey.from_jwk(jwk).public_jwk()
    text = json.dumps(public, sort_keys=True, separators=(",", ":"))
    assert base64url.encode(hashlib.sha256(text.encode()).digest()) == expected


def test_the_signature_of_rfc_8037_is_made() -> None:
    """Appendix A.4."""
    signed = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    assert base64url.encode(PrivateKey.from_jwk(RFC_8037).sign(signed)) == (
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_the_primes_may_be_missing() -> None:
    """RFC 7518 section 6.3.2 makes everything but d optional."""
    jwk = ours("rsa2048").to_jwk()
    short = {name: jwk[name] for name in ("kty", "n", "e", "d")}
    assert PrivateKey.from_jwk(short) == ours("rsa2048")


def test_coordinates_without_leading_zeros_are_read() -> None:
    jwk: dict[str, object] = dict(ours("secp521r1").to_jwk())
    assert isinstance(jwk["d"], str)
    jwk["d"] = base64url.encode(base64url.decode(jwk["d"]).lstrip(b"\0"))
    assert PrivateKey.from_jwk(jwk) == ours("secp521r1")


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": ["RSA"]},
        RFC_7517_EC | {"d": None},
        RFC_7517_EC | {"d": ""},
        RFC_7517_EC | {"d": "!!!!"},
        RFC_7517_EC | {"d": "A" * 100_000},
        RFC_7517_EC | {"d": "AQ"},
        RFC_7517_EC | {"crv": "secp256k1"},
        RFC_7517_EC | {"x": RFC_7517_EC["y"]},
        RFC_7517_RSA | {"e": "AQAA"},
        RFC_7517_RSA | {"n": "AQAB"},
        RFC_7517_RSA | {"p": "AQ", "q": "AQ"},
        RFC_7517_RSA | {"p": "AA", "q": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB"},
        RFC_8037 | {"d": "AAAA"},
        RFC_8037 | {"x": RFC_8037["d"]},
        RFC_8037 | {"crv": "X25519"},
    ],
)
def test_a_jwk_that_is_no_key_is_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(BadKey) as caught:
        PrivateKey.from_jwk(jwk)
    assert "private_key.json" in caught.value.remedy


@given(
    st.dictionaries(
        st.sampled_from(["kty", "n", "e", "d", "x", "y", "crv"]), st.text() | st.none() | st.integers()
    )
)
@settings(max_examples=60)
def test_no_jwk_gives_another_error(jwk: dict[str, object]) -> None:
    for kty in ("RSA", "EC", "OKP"):
        with pytest.raises(BadKey):
            PrivateKey.from_jwk(jwk | {"kty": kty, "crv": "P-256"})


@every_kind
def test_a_request_names_everything_in_order(kind: str) -> None:
    wanted: list[Identifier] = [
        DnsName("b.example"),
        IpAddress("2001:db8::7"),
        DnsName("*.a.example"),
        IpAddress("192.0.2.7"),
    ]
    request = x509.load_der_x509_csr(ours(kind).csr(wanted))
    assert request.is_signature_valid
    assert len(request.subject) == 0
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == [each.value for each in wanted]
    assert len(request.extensions) == 1


def test_a_request_asks_for_stapling() -> None:
    request = x509.load_der_x509_csr(ours("secp256r1").csr([DnsName("a.example")], must_staple=True))
    feature = request.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.24"))
    assert isinstance(feature.value, x509.TLSFeature)
    assert feature.value.public_bytes() == bytes.fromhex("3003020105")
    assert not feature.critical


def test_a_key_does_not_show_itself() -> None:
    mine = ours("secp256r1")
    assert repr(mine) == str(mine) == "<PrivateKey ES256>"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(mine)
    with pytest.raises(TypeError):
        copy.copy(mine)


def test_keys_are_equal_by_content() -> None:
    assert ours("secp256r1") == ours("secp256r1")
    assert len({ours("secp256r1"), ours("secp256r1"), ours("ed25519")}) == 2
    assert ours("secp256r1") != "a key"


def test_the_module_loads_without_cryptography() -> None:
    program = "import sys, everseal.model.private_key; print('cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
