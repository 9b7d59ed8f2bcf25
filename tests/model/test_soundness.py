import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from everseal.model.names import Identifier, parse_identifier
from everseal.model.soundness import check_link, check_version
from tests.model.samples import (
    DAY,
    NOW,
    bare_certificate,
    der,
    distinguished,
    intermediate,
    issuer_key,
    key_pem,
    leaf,
    pem,
)


def names(*texts: str) -> tuple[Identifier, ...]:
    return tuple(parse_identifier(text) for text in texts)


def flaws(
    *chain: x509.Certificate,
    key: bytes | None = None,
    identifiers: tuple[Identifier, ...] | None = None,
    allow_leaf_only: bool = False,
) -> list[str]:
    found = check_version(
        key_pem=key,
        fullchain_pem=pem(*chain),
        identifiers=identifiers,
        now=NOW,
        allow_leaf_only=allow_leaf_only,
    )
    assert all(flaw.text.isprintable() and not flaw.text.endswith(".") for flaw in found)
    return [flaw.kind for flaw in found]


@pytest.mark.parametrize("kind", ["secp256r1", "secp384r1", "secp521r1", "rsa2048", "ed25519"])
def test_a_sound_version_has_no_flaws(kind: str) -> None:
    certificate = leaf("a.example", "*.b.example", "2001:db8::7", kind=kind)
    wanted = names("2001:db8:0::7", "a.example", "*.B.example")
    assert flaws(certificate, intermediate(), key=key_pem(kind), identifiers=wanted) == []


def test_the_chain_may_reach_up_to_the_root() -> None:
    root = (
        x509.CertificateBuilder()
        .subject_name(distinguished("Root"))
        .issuer_name(distinguished("Root"))
        .public_key(issuer_key(0).public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    assert flaws(leaf("a.example"), intermediate(), root.sign(issuer_key(0), hashes.SHA256())) == []


def test_another_key_is_found() -> None:
    certificate = leaf("a.example")
    assert flaws(certificate, intermediate(), key=key_pem("secp384r1")) == ["key-mismatch"]


@pytest.mark.parametrize("key", [b"", b"junk", pem(leaf("a.example"))])
def test_a_key_that_cannot_be_read_is_found(key: bytes) -> None:
    assert flaws(leaf("a.example"), intermediate(), key=key) == ["bad-key"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (("a.example",), "also for b.example"),
        (("a.example", "b.example", "c.example"), "not for c.example"),
        (("a.example", "*.b.example"), "not for *.b.example"),
        (tuple(f"n{number}.example" for number in range(9)), "n4.example and 4 more"),
    ],
)
def test_other_names_are_found(wanted: tuple[str, ...], text: str) -> None:
    found = check_version(
        key_pem=None,
        fullchain_pem=pem(leaf("a.example", "b.example"), intermediate()),
        identifiers=names(*wanted),
        now=NOW,
    )
    assert {flaw.kind for flaw in found} == {"names"}
    assert text in " ".join(flaw.text for flaw in found)


def test_a_common_name_is_not_enough() -> None:
    certificate = leaf(subject=distinguished("a.example"))
    assert flaws(certificate, intermediate(), identifiers=names("a.example")) == ["names"]
    assert flaws(certificate, intermediate()) == []


def test_times_are_checked_with_an_hour_for_clocks_that_differ() -> None:
    above = intermediate()
    minute = timedelta(minutes=1)
    assert flaws(leaf("a.example", not_after=NOW - minute), above) == ["expired"]
    assert flaws(leaf("a.example", not_before=NOW + timedelta(minutes=59)), above) == []
    assert flaws(leaf("a.example", not_before=NOW + timedelta(minutes=61)), above) == ["not-yet-valid"]


def test_a_leaf_alone_is_found_unless_it_is_allowed() -> None:
    assert flaws(leaf("a.example")) == ["no-chain"]
    assert flaws(leaf("a.example"), allow_leaf_only=True) == []


@pytest.mark.parametrize(
    "above",
    [
        intermediate("Issuing CA 2"),
        intermediate("Issuing CA 1", number=2),
        leaf("a.example"),
    ],
)
def test_a_chain_that_does_not_link_is_found(above: x509.Certificate) -> None:
    assert flaws(leaf("a.example"), above) == ["chain"]


def test_every_link_is_checked() -> None:
    found = check_version(
        key_pem=None,
        fullchain_pem=pem(leaf("a.example"), intermediate(), intermediate("Stranger", number=3)),
        identifiers=None,
        now=NOW,
    )
    assert [flaw.text for flaw in found] == ["certificate 2 of the chain is not signed by certificate 3"]


def test_a_short_rsa_key_is_found() -> None:
    assert flaws(leaf("a.example", kind="rsa1024"), intermediate(), key=key_pem("rsa1024")) == ["weak-key"]


def test_every_flaw_is_told() -> None:
    certificate = leaf("a.example", kind="rsa1024", not_after=NOW - timedelta(minutes=1))
    found = flaws(certificate, key=key_pem(), identifiers=names("b.example"))
    assert found == ["key-mismatch", "weak-key", "names", "names", "expired", "no-chain"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        pem(leaf("a.example")) * 11,
    ],
)
def test_what_cannot_be_read_is_a_flaw(data: bytes) -> None:
    found = check_version(key_pem=None, fullchain_pem=data, identifiers=None, now=NOW)
    assert [flaw.kind for flaw in found] == ["unparsable"]


def test_a_certificate_that_only_the_tolerant_reader_can_read_is_a_flaw() -> None:
    odd = ssl.DER_cert_to_PEM_cert(bare_certificate(serial=b"\x00\x00\x01"))
    found = check_version(key_pem=None, fullchain_pem=odd.encode(), identifiers=None, now=NOW)
    assert [flaw.kind for flaw in found] == ["unparsable"]


def test_an_odd_extension_does_no_harm() -> None:
    """Servers and clients pass over a malformed list of SCTs; so do we."""
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
    certificate = leaf("a.example", extensions=(x509.UnrecognizedExtension(oid, b"\x04\x05junk"),))
    with pytest.raises(ValueError):
        _ = certificate.extensions
    assert flaws(certificate, intermediate(), identifiers=names("a.example")) == []


SOUND = der(leaf("a.example"))
# How many bits of the signature's last octet do not count: where these are nought, any reader takes it.
UNUSED_BITS = len(SOUND) - len(x509.load_der_x509_certificate(SOUND).signature) - 1


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
@example(14, 0x80)  # a serial number below nought
@settings(max_examples=300)
def test_a_damaged_certificate_always_has_a_flaw(position: int, change: int) -> None:
    assume(position != UNUSED_BITS)
    data = bytearray(SOUND)
    data[position] ^= change
    fullchain = ssl.DER_cert_to_PEM_cert(bytes(data)).encode() + pem(intermediate())
    assert check_version(key_pem=key_pem(), fullchain_pem=fullchain, identifiers=names("a.example"), now=NOW)


def test_a_link_of_a_chain_and_the_key() -> None:
    certificate = leaf("a.example")
    good = {"certificate_pem": pem(certificate), "issuer_pem": pem(intermediate()), "key_pem": key_pem()}
    assert check_link(**good) == ()
    assert [flaw.kind for flaw in check_link(**good | {"issuer_pem": pem(leaf("b.example"))})] == ["chain"]
    assert [flaw.kind for flaw in check_link(**good | {"key_pem": b"none"})] == ["bad-key"]
    assert [flaw.kind for flaw in check_link(**good | {"certificate_pem": b"none"})] == ["unparsable"]
    expired = leaf("a.example", not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    assert check_link(**good | {"certificate_pem": pem(expired)}) == ()
