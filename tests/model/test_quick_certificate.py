import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everseal.model.certificate import read_certificate
from everseal.model.errors import BadCertificate
from everseal.model.quick_certificate import read_validity_and_names
from tests.model.samples import NOW, bare_certificate, distinguished, element, extension, leaf, pem


def test_validity_and_names_are_read() -> None:
    certificate = leaf("a.example", "192.0.2.7", "2001:db8::7", "*.b.example")
    not_before, not_after, names = read_validity_and_names(pem(certificate))
    assert not_before == certificate.not_valid_before_utc.timestamp()
    assert not_after == certificate.not_valid_after_utc.timestamp()
    assert names == ("a.example", "192.0.2.7", "2001:db8::7", "*.b.example")


def test_the_common_name_stands_in() -> None:
    assert read_validity_and_names(pem(leaf(subject=distinguished("old.example"))))[2] == ("old.example",)
    assert read_validity_and_names(pem(leaf()))[2] == ()


def test_names_stay_as_they_are_written() -> None:
    names = extension("551d11", element(0x30, element(0x82, b"A.Example"), element(0x82, b"\xff")))
    assert read_validity_and_names(bare_certificate(extensions=[names]))[2] == ("A.Example", r"\xff")


@pytest.mark.parametrize("data", [b"", b"junk", b"x" * 300_000, pem(leaf("a.example"))[:200]])
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(BadCertificate):
        read_validity_and_names(data)


@given(st.integers(0, 900), st.integers(0, 255))
@settings(max_examples=200)
def test_it_says_what_the_whole_reader_says(position: int, octet: int) -> None:
    data = bytearray(bare_certificate(subject=b"", extensions=[extension("551d11", element(0x30))]))
    data[position % len(data)] = octet
    try:
        facts = read_certificate(bytes(data))
    except BadCertificate:
        with pytest.raises(BadCertificate):
            read_validity_and_names(bytes(data))
        return
    not_before, not_after, _ = read_validity_and_names(bytes(data))
    assert (not_before, not_after) == (facts.not_before.timestamp(), facts.not_after.timestamp())


def test_it_loads_next_to_nothing() -> None:
    heavy = ("dataclasses", "datetime", "ipaddress", "cryptography", "ssl", "base64")
    program = (
        "import sys; import everseal.model.quick_certificate;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_certificate_of_the_future_is_read() -> None:
    late = NOW.replace(year=9999)
    assert read_validity_and_names(pem(leaf("a.example", not_after=late)))[1] == late.timestamp()
