from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from hypothesis import given, settings
from hypothesis import strategies as st

from everseal.model.csr import make_csr, read_csr
from everseal.model.errors import BadCsr
from everseal.model.names import DnsName, Identifier, IpAddress
from tests.model.samples import alternative_names, distinguished, key, leaf, pem

STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
IDENTIFIERS: list[Identifier] = [DnsName("b.example"), IpAddress("192.0.2.7"), DnsName("*.a.example")]


def request(
    *extensions: x509.ExtensionType, subject: str | None = None, kind: str = "secp256r1"
) -> x509.CertificateSigningRequest:
    name = x509.Name([]) if subject is None else distinguished(subject)
    builder = x509.CertificateSigningRequestBuilder(name)
    for each in extensions:
        builder = builder.add_extension(each, critical=False)
    return builder.sign(key(kind), None if kind == "ed25519" else hashes.SHA256())


def as_pem(made: x509.CertificateSigningRequest) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


def as_der(made: x509.CertificateSigningRequest) -> bytes:
    return made.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("kind", "key_type"), [("secp384r1", "ECDSA"), ("rsa2048", "RSA"), ("ed25519", "Ed25519")]
)
def test_our_own_request_is_read_again(kind: str, key_type: str) -> None:
    der = make_csr(key(kind), IDENTIFIERS, must_staple=True)
    facts = read_csr(der)
    assert facts.identifiers == tuple(IDENTIFIERS)
    assert facts.key_type == key_type
    assert facts.must_staple
    assert facts.der == der
    assert read_csr(facts.pem) == facts
    assert facts.spki_der == key(kind).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_a_request_for_nothing_is_not_made() -> None:
    with pytest.raises(BadCsr, match="at least one name"):
        make_csr(key(), [])


def test_pem_may_have_words_and_crlf_around_it() -> None:
    made = request(alternative_names("a.example"))
    ugly = b"Certificate Request:\r\n" + as_pem(made).replace(b"\n", b"\r\n") + b"\r\n"
    facts = read_csr(ugly)
    assert facts.identifiers == (DnsName("a.example"),)
    assert facts.pem == as_pem(made)
    assert not facts.must_staple


def test_a_name_that_stands_twice_counts_once() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("A.example"), x509.DNSName("a.example")])
    assert read_csr(as_pem(request(names))).identifiers == (DnsName("a.example"),)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("a.example", ["a.example"]),
        ("www.example", ["a.example", "www.example"]),
        ("192.0.2.7", ["a.example", "192.0.2.7"]),
        ("Some Company", ["a.example"]),
    ],
)
def test_a_common_name_counts_as_asked_for(subject: str, expected: Sequence[str]) -> None:
    facts = read_csr(as_pem(request(alternative_names("a.example"), subject=subject)))
    assert [each.value for each in facts.identifiers] == expected


def test_a_common_name_alone_is_not_enough() -> None:
    with pytest.raises(BadCsr, match="no subject alternative name") as caught:
        read_csr(as_pem(request(subject="a.example")))
    assert "-addext subjectAltName" in caught.value.remedy


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ([x509.RFC822Name("me@a.example")], "neither a DNS name nor an IP address"),
        ([x509.DNSName("a b.example")], "no host name"),
        ([x509.DNSName("*.*.example")], "wildcard"),
        ([x509.DNSName("192.0.2.7")], "is an IP address"),
        ([], "asks for no name"),
    ],
)
def test_names_that_no_ca_certifies_are_refused(names: list[x509.GeneralName], why: str) -> None:
    with pytest.raises(BadCsr, match=why):
        read_csr(as_pem(request(x509.SubjectAlternativeName(names))))


def test_a_changed_request_is_refused() -> None:
    data = as_der(request(alternative_names("a.example")))
    assert data.count(b"a.example") == 1
    with pytest.raises(BadCsr, match="signature of the request"):
        read_csr(data.replace(b"a.example", b"b.example"))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"junk", "that can be read"),
        (pem(leaf("a.example")), "but a certificate"),
        (b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "but a private key"),
        (b"x" * 70_000, "longer than 64 KiB"),
    ],
)
def test_another_file_is_named(data: bytes, why: str) -> None:
    with pytest.raises(BadCsr, match=why) as caught:
        read_csr(data)
    assert "--csr" in caught.value.remedy


def test_a_key_of_another_kind_is_refused() -> None:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    builder = builder.add_extension(alternative_names("a.example"), critical=False)
    with pytest.raises(BadCsr, match="neither RSA nor ECDSA"):
        read_csr(as_pem(builder.sign(ed448.Ed448PrivateKey.generate(), None)))


SOUND = make_csr(ec.generate_private_key(ec.SECP256R1()), IDENTIFIERS, must_staple=True)


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_a_damaged_request_is_refused(position: int, change: int) -> None:
    data = bytearray(SOUND)
    data[position] ^= change
    with pytest.raises(BadCsr):
        read_csr(bytes(data))
