from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from everseal.model.certificate import read_certificate, split_pem
from everseal.model.errors import BadCertificate
from everseal.model.names import DnsName, IpAddress
from tests.model.samples import (
    AUTHORITY_KEY_ID,
    DAY,
    NOW,
    alternative_names,
    authority_access,
    authority_key,
    bare_certificate,
    crl_points,
    der,
    distinguished,
    element,
    extension,
    intermediate,
    leaf,
    names_extension,
    pem,
)

STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
SCT_LIST = "2b06010401d679020402"


@pytest.mark.parametrize(
    ("kind", "key_type", "bits", "curve"),
    [
        ("secp256r1", "ECDSA", 256, "secp256r1"),
        ("secp384r1", "ECDSA", 384, "secp384r1"),
        ("secp521r1", "ECDSA", 521, "secp521r1"),
        ("rsa2048", "RSA", 2048, None),
        ("ed25519", "Ed25519", 256, None),
    ],
)
def test_every_fact_agrees_with_cryptography(kind: str, key_type: str, bits: int, curve: str | None) -> None:
    certificate = leaf(
        "a.example",
        "192.0.2.7",
        "*.b.example",
        "2001:db8::7",
        kind=kind,
        subject=distinguished("a.example"),
        extensions=(authority_key(), authority_access(), crl_points(), STAPLE),
    )
    facts = read_certificate(pem(certificate))
    assert facts.identifiers == (
        DnsName("a.example"),
        IpAddress("192.0.2.7"),
        DnsName("*.b.example"),
        IpAddress("2001:db8::7"),
    )
    assert facts.has_alternative_names
    assert facts.not_before == certificate.not_valid_before_utc
    assert facts.not_after == certificate.not_valid_after_utc
    assert facts.serial == certificate.serial_number
    assert (facts.key_type, facts.key_bits, facts.curve) == (key_type, bits, curve)
    assert facts.subject_cn == "a.example"
    assert facts.issuer_cn == "Issuing CA 1"
    assert facts.authority_key_id == AUTHORITY_KEY_ID
    assert facts.ocsp_urls == ("http://ocsp.example",)
    assert facts.crl_urls == ("http://crl.example/1.crl",)
    assert facts.must_staple
    assert facts.fingerprint_sha256 == certificate.fingerprint(hashes.SHA256())
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(spki)
    assert facts.spki_sha256 == digest.finalize()
    assert read_certificate(der(certificate)) == facts


def test_a_bare_certificate_has_little_to_say() -> None:
    facts = read_certificate(pem(leaf("a.example")))
    assert facts.authority_key_id is None
    assert facts.ocsp_urls == facts.crl_urls == ()
    assert not facts.must_staple
    assert facts.subject_cn is None


def test_its_times() -> None:
    facts = read_certificate(pem(leaf("a.example")))
    assert facts.lifetime == 90 * DAY
    assert not facts.is_expired(NOW)
    assert facts.is_expired(facts.not_after)


def test_the_serial_keeps_its_leading_zero() -> None:
    """As the ARI identifier of RFC 9773 section 4.1 needs it."""
    facts = read_certificate(pem(leaf("a.example", serial=0x87654321)))
    assert facts.serial_octets == bytes.fromhex("0087654321")


@pytest.mark.parametrize("serial", [b"\xff", b"\x7f" * 40, b"\x00"])
def test_odd_serials_are_borne_with(serial: bytes) -> None:
    facts = read_certificate(bare_certificate(serial=serial))
    assert facts.serial == int.from_bytes(serial, "big", signed=True)
    assert facts.serial_octets == serial


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    NameOID.COMMON_NAME,
                    NameOID.ORGANIZATION_NAME,
                    NameOID.ORGANIZATIONAL_UNIT_NAME,
                    NameOID.LOCALITY_NAME,
                    NameOID.STREET_ADDRESS,
                    NameOID.USER_ID,
                    NameOID.TITLE,
                ]
            ),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20),
        ),
        max_size=4,
    )
)
@settings(max_examples=30)
def test_the_issuer_is_written_as_rfc_4514_says(attributes: list[tuple[ObjectIdentifier, str]]) -> None:
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])
    assert read_certificate(pem(leaf("a.example", issuer=name))).issuer == name.rfc4514_string()


def test_an_issuer_cannot_play_with_the_terminal() -> None:
    facts = read_certificate(pem(leaf("a.example", issuer=distinguished("CA\x1b]0;x\x07\u202e"))))
    assert facts.issuer == r"CN=CA\x1b]0\;x\x07\u202e"
    assert facts.issuer_cn == r"CA\x1b]0;x\x07\u202e"


def test_many_names_keep_their_order() -> None:
    names = [f"n{number}.example" for number in range(100)]
    facts = read_certificate(pem(leaf(*names)))
    assert [each.value for each in facts.identifiers] == names


def test_without_alternative_names_the_common_name_counts() -> None:
    facts = read_certificate(pem(leaf(subject=distinguished("Old.Example"))))
    assert facts.identifiers == (DnsName("old.example"),)
    assert not facts.has_alternative_names


def test_an_address_as_common_name_counts() -> None:
    assert read_certificate(pem(leaf(subject=distinguished("192.0.2.7")))).identifiers == (
        IpAddress("192.0.2.7"),
    )


def test_the_name_of_a_ca_is_no_identifier() -> None:
    facts = read_certificate(pem(intermediate("Some CA, Inc.")))
    assert facts.identifiers == ()
    assert facts.odd_names == ()
    assert facts.subject_cn == "Some CA, Inc."


def test_mail_addresses_and_uris_are_passed_over() -> None:
    names = x509.SubjectAlternativeName(
        [
            x509.RFC822Name("me@a.example"),
            x509.UniformResourceIdentifier("https://a.example/"),
            x509.DirectoryName(distinguished("x")),
            x509.DNSName("a.example"),
        ]
    )
    facts = read_certificate(pem(leaf(subject=distinguished("b.example"), extensions=(names,))))
    assert facts.identifiers == (DnsName("a.example"),)
    assert facts.odd_names == ()


def test_odd_names_are_kept_apart() -> None:
    address = element(0x87, b"\x01\x02\x03")
    names = extension(
        "551d11",
        element(
            0x30,
            element(0x82, b"ok.example"),
            element(0x82, b"\xff\x1b[2J"),
            address,
            element(0x82, b"OK.example"),
        ),
    )
    facts = read_certificate(bare_certificate(extensions=[names]))
    assert facts.identifiers == (DnsName("ok.example"),)
    assert facts.odd_names == (r"\xff\x1b[2J", "01:02:03")


@pytest.mark.parametrize(
    "odd",
    [
        extension(SCT_LIST, b"\x04\x05junk"),
        extension("551d23", b"\x30\x80"),
        extension("551d1f", b"junk"),
        extension("2b06010505070101", b"\x30\x05\x30\x03\x06\x01"),
        extension("2b06010505070118", b"\xff" * 9),
        extension("551d11ff", b""),
        element(0x30),
        element(0x30, element(0x06, b"\x55\x1d\x11")),
        element(0x30, element(0x02, b"\x01"), element(0x04, b"")),
        element(0x05),
    ],
)
def test_one_odd_extension_spoils_only_itself(odd: bytes) -> None:
    facts = read_certificate(bare_certificate(extensions=[odd, names_extension(b"a.example")]))
    assert facts.identifiers == (DnsName("a.example"),)
    assert facts.not_after == datetime(2027, 1, 30, tzinfo=UTC)


def test_extensions_before_a_torn_one_count() -> None:
    facts = read_certificate(bare_certificate(extensions=[names_extension(b"a.example"), b"\x30\x7f"]))
    assert facts.identifiers == (DnsName("a.example"),)


def test_names_before_a_torn_one_count() -> None:
    torn = extension("551d11", element(0x30, element(0x82, b"a.example"), b"\x82\x7f"))
    assert read_certificate(bare_certificate(extensions=[torn])).identifiers == (DnsName("a.example"),)


def test_the_first_of_two_equal_extensions_counts() -> None:
    twice = [names_extension(b"a.example"), names_extension(b"b.example")]
    assert read_certificate(bare_certificate(extensions=twice)).identifiers == (DnsName("a.example"),)


def test_an_unknown_critical_extension_is_passed_over() -> None:
    unknown = element(0x30, element(0x06, b"\x2a\x03"), element(0x01, b"\xff"), element(0x04, b"x"))
    facts = read_certificate(bare_certificate(extensions=[unknown, names_extension(b"a.example")]))
    assert facts.identifiers == (DnsName("a.example"),)


def test_both_forms_of_time_are_read() -> None:
    facts = read_certificate(bare_certificate())
    assert facts.not_before == datetime(2026, 11, 1, tzinfo=UTC)
    assert facts.lifetime == timedelta(days=90)
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert read_certificate(pem(leaf("a.example", not_after=late))).not_after == late


@pytest.mark.parametrize("encoding", ["utf-16-be", "latin-1", "utf-32-be"])
def test_old_kinds_of_text_are_read(encoding: str) -> None:
    tag = {"utf-16-be": 0x1E, "latin-1": 0x14, "utf-32-be": 0x1C}[encoding]
    text = element(tag, "Zoë".encode(encoding))
    subject = element(0x31, element(0x30, element(0x06, bytes.fromhex("550403")), text))
    assert read_certificate(bare_certificate(subject=subject)).subject_cn == "Zoë"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no certificate in it"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no certificate in it"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB", "cut short"),
        (b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", "base64"),
        (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "cut short"),
        (b"\x30\x80\x00\x00", "a length that cannot be"),
        (b"\x30\x03\x02\x01\x01", "where 0x30"),
        (b"x" * (256 * 1024 + 1), "larger than 256 KiB"),
    ],
)
def test_what_is_no_certificate_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadCertificate, match=why) as caught:
        read_certificate(data)
    assert caught.value.remedy


def test_something_appended_is_refused() -> None:
    with pytest.raises(BadCertificate, match="appended"):
        read_certificate(der(leaf("a.example")) + b"\0")


@pytest.mark.parametrize(
    "times", [(), (element(0x17, b"261101000000Z"),), (element(0x17, b"x"), element(0x17, b"y"))]
)
def test_a_certificate_without_its_times_is_refused(times: tuple[bytes, ...]) -> None:
    both = (*times, b"", b"")[:2]
    with pytest.raises(BadCertificate):
        read_certificate(bare_certificate(times=(both[0], both[1])))


def test_a_chain_is_split_into_normal_pem() -> None:
    chain = [leaf("a.example"), intermediate()]
    ugly = b"Bag Attributes\r\n" + pem(*chain).replace(b"\n", b"\r\n") + b"\r\ntrailing junk"
    assert split_pem(ugly) == [pem(each) for each in chain]


def test_a_chain_of_one_line_is_split() -> None:
    certificate = leaf("a.example")
    lines = pem(certificate).decode().splitlines()
    one_line = "\n".join([lines[0], "".join(lines[1:-1]), lines[-1]])
    assert split_pem(one_line.encode()) == [pem(certificate)]


def test_keys_beside_a_certificate_are_passed_over() -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    certificate = pem(leaf("a.example"))
    assert split_pem(key + certificate + key) == [certificate]


def test_a_chain_is_bounded() -> None:
    certificate = pem(leaf("a.example"))
    assert len(split_pem(certificate * 10)) == 10
    with pytest.raises(BadCertificate, match="more than 10"):
        split_pem(certificate * 11)
    with pytest.raises(BadCertificate, match="more than 1 "):
        split_pem(certificate * 2, most=1)


@pytest.mark.parametrize("spoil", [(b"-----END", b"-----ENDE"), (b"MII", b"!II"), (b"MII", b"AAA")])
def test_a_damaged_chain_is_refused(spoil: tuple[bytes, bytes]) -> None:
    with pytest.raises(BadCertificate):
        split_pem(pem(leaf("a.example")).replace(*spoil))


LONG = der(
    leaf("a.example", "192.0.2.7", extensions=(authority_key(), authority_access(), crl_points(), STAPLE))
)


@given(st.lists(st.tuples(st.integers(0, len(LONG) - 1), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=400)
def test_a_changed_certificate_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(LONG)
    for position, octet in changes:
        data[position] = octet
    try:
        facts = read_certificate(bytes(data))
    except BadCertificate:
        return
    assert facts.issuer.isprintable()


@given(st.integers(0, len(LONG) - 1))
@settings(max_examples=200)
def test_a_torn_certificate_is_refused(length: int) -> None:
    with pytest.raises(BadCertificate):
        read_certificate(LONG[:length])


@given(
    st.lists(
        st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){1,3}", fullmatch=True), min_size=1, max_size=30, unique=True
    )
)
@settings(max_examples=20)
def test_names_agree_with_cryptography(names: list[str]) -> None:
    facts = read_certificate(pem(leaf(*names)))
    expected = alternative_names(*names).get_values_for_type(x509.DNSName)
    assert [each.value for each in facts.identifiers] == expected
