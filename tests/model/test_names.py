import ipaddress

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model.errors import BadName
from everseal.model.names import CertificateName, DnsName, IpAddress, parse_identifier


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("example.com", "example.com"),
        (" EXAMPLE.com. ", "example.com"),
        ("localhost", "localhost"),
        ("*.example.com", "*.example.com"),
        ("a_b.example", "a_b.example"),
        ("_dmarc.example", "_dmarc.example"),
        ("ab--cd.example", "ab--cd.example"),
        ("1.example", "1.example"),
        ("example.1a", "example.1a"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("*.MÜNCHEN.de", "*.xn--mnchen-3ya.de"),
        ("faß.de", "xn--fa-hia.de"),
        ("ａ。example", "a.example"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        (f"{'a' * 63}.example", f"{'a' * 63}.example"),
    ],
)
def test_a_dns_name_is_read(text: str, value: str) -> None:
    name = DnsName.parse(text)
    assert name.value == str(name) == value
    assert parse_identifier(text) == DnsName.parse(value) == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        (".", "is empty"),
        ("*", "wildcard for nothing"),
        ("*.", "wildcard for nothing"),
        ("*.*.example", "not the first label"),
        ("www.*.example", "not the first label"),
        ("w*.example", "no host name"),
        ("**.example", "no host name"),
        ("a..example", "empty label"),
        (".example", "empty label"),
        ("example..", "empty label"),
        ("*..example", "empty label"),
        ("-a.example", "no host name"),
        ("a-.example", "no host name"),
        ("a b.example", "no host name"),
        ("a\n.example", "no host name"),
        ("a\0.example", "no host name"),
        (f"{'a' * 64}.example", "longer than 63"),
        (".".join(["a" * 49] * 6), "longer than 253"),
        ("*." + ".".join(["a" * 49] * 5) + ".ab", "longer than 253"),
        ("ü" * 300, "longer than 253"),
        ("http://example.com", "begins with http://"),
        ("HTTPS://example.com/x", "begins with https://"),
        ("192.0.2.7", "is an IP address"),
        ("[2001:db8::7]", "is an IP address"),
        ("1.2.3", "ends in a number"),
        ("256.1.1.1", "ends in a number"),
        ("*.1.2.3.4", "ends in a number"),
        ("192.0.02.7", "ends in a number"),
        ("☃.example", "Punycode"),
        ("\u202eexample.com", "Punycode"),
        ("xn--а.example", "Punycode"),
        ("\ud800.example", "Punycode"),
    ],
)
def test_what_is_no_dns_name_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadName, match=why) as caught:
        DnsName.parse(text)
    assert caught.value.remedy
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("example.com:443", "without the ':'"),
        ("example.com/path", "without the '/'"),
        ("me@example.com", "the @"),
        ("a.example, b.example", "with a -d of its own"),
        ("*.*.example", "*.example.com"),
    ],
)
def test_the_remedy_fits_the_mistake(text: str, remedy: str) -> None:
    with pytest.raises(BadName) as caught:
        parse_identifier(text)
    assert remedy in caught.value.remedy


def test_a_wildcard_has_a_base() -> None:
    name = DnsName.parse("*.example.com")
    assert name.is_wildcard
    assert name.base == DnsName("example.com")
    assert not name.base.is_wildcard
    assert name.base.base == name.base


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("xn--mnchen-3ya.de", "münchen.de"),
        ("*.xn--mnchen-3ya.de", "*.münchen.de"),
        ("example.com", "example.com"),
        ("xn--a.example", "xn--a.example"),
        ("_a.xn--mnchen-3ya.de", "_a.xn--mnchen-3ya.de"),
    ],
)
def test_a_name_is_shown_to_people(value: str, shown: str) -> None:
    assert DnsName(value).unicode() == shown


@given(st.text(max_size=40))
def test_any_text_is_an_identifier_or_refused(text: str) -> None:
    try:
        identifier = parse_identifier(text)
    except BadName:
        return
    assert parse_identifier(identifier.value) == identifier
    assert identifier.value.isascii()
    assert identifier.unicode()


@given(st.from_regex(r"[a-zäöüß]{1,20}\.(de|example)", fullmatch=True))
def test_u_labels_agree_with_idna(text: str) -> None:
    assert DnsName.parse(text).value == idna.encode(text, uts46=True).decode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("[2001:DB8:0:0:0:0:0:7]", "2001:db8::7"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::", "::"),
        ("::ffff:c000:207", "::ffff:192.0.2.7"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
    ],
)
def test_an_address_is_written_as_rfc_5952_says(text: str, value: str) -> None:
    address = IpAddress.parse(text)
    assert address.value == str(address) == address.unicode() == value
    assert parse_identifier(text) == IpAddress.parse(value) == address.base == address
    assert not address.is_wildcard


@pytest.mark.parametrize(
    "text", ["", "example.com", "192.0.2.256", "192.0.2.07", "2001:db8::7::", "::1%lo", "1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadName):
        IpAddress.parse(text)


def test_an_address_has_a_reverse_name() -> None:
    """RFC 8738 section 6."""
    assert IpAddress("192.0.2.7").reverse_name == "7.2.0.192.in-addr.arpa"
    assert IpAddress("2001:db8::7").reverse_name == "7" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa"
    assert IpAddress("192.0.2.7").packed == b"\xc0\0\x02\x07"


@given(st.ip_addresses())
def test_every_address_comes_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert IpAddress.parse(str(address)).packed == address.packed


@pytest.mark.parametrize(
    "text", ["example.com", "my cert", "Ünïcode", "example.com-0001", "-x", "2001:db8::7"]
)
def test_a_certificate_name_is_taken_as_it_is(text: str) -> None:
    assert CertificateName.parse(text).value == text


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a/b", "/", "a\0b", "a\nb", "a\x1bb", "a\ud800", "ä" * 121, "a" * 242]
)
def test_what_is_no_file_name_is_no_certificate_name(text: str) -> None:
    with pytest.raises(BadName) as caught:
        CertificateName.parse(text)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("text", "name"), [("*.example.com", "example.com"), ("a.example", "a.example"), ("[::1]", "::1")]
)
def test_a_lineage_is_named_after_its_first_identifier(text: str, name: str) -> None:
    assert CertificateName.from_identifier(parse_identifier(text)) == CertificateName(name)


def test_a_name_too_long_for_a_file_asks_for_another() -> None:
    longest = DnsName.parse(".".join(["a" * 49] * 5))
    with pytest.raises(BadName) as caught:
        CertificateName.from_identifier(longest)
    assert "--cert-name" in caught.value.remedy
