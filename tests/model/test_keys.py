import pytest

from everseal.model.errors import BadKeyKind
from everseal.model.keys import DEFAULT_KIND, EcdsaKind, KeyKind, parse_key_kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (parse_key_kind("rsa"), "RSA 2048"),
        (parse_key_kind("RSA", rsa_bits=4096), "RSA 4096"),
        (parse_key_kind("ecdsa"), "ECDSA secp256r1"),
        (parse_key_kind("ECDSA", curve="SECP384R1"), "ECDSA secp384r1"),
        (parse_key_kind("ecdsa", curve="secp521r1"), "ECDSA secp521r1"),
    ],
)
def test_a_kind_is_named(kind: KeyKind, text: str) -> None:
    assert str(kind) == text


def test_the_default_is_p_256() -> None:
    assert DEFAULT_KIND == EcdsaKind("secp256r1") == parse_key_kind("ecdsa")


@pytest.mark.parametrize(
    ("key_type", "bits", "curve", "why", "remedy"),
    [
        ("rsa", 1024, "secp256r1", "key length: 1024", "--rsa-key-size"),
        ("rsa", 20_000, "secp256r1", "key length: 20000", "--rsa-key-size"),
        ("ecdsa", 2048, "secp256k1", "curve: secp256k1", "--elliptic-curve"),
        ("dsa", 2048, "secp256r1", "key type: dsa", "--key-type"),
    ],
)
def test_other_kinds_are_refused(key_type: str, bits: int, curve: str, why: str, remedy: str) -> None:
    with pytest.raises(BadKeyKind, match=why) as caught:
        parse_key_kind(key_type, rsa_bits=bits, curve=curve)
    assert remedy in caught.value.remedy
