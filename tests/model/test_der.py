import calendar
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.model import der
from everseal.model.der import GENERALIZED_TIME, SEQUENCE, UTC_TIME, BadDer


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "cut short"),
        ("30", "cut short"),
        ("3003020101", None),
        ("3004020101", "longer than"),
        ("3080020101 0000", "cannot be"),
        ("30ff", "cannot be"),
        ("308500000000030201 01", "cannot be"),
        ("1f8101 00", "several octets"),
        ("308200", "cannot be"),
        ("3084ffffffff00", "longer than"),
    ],
)
def test_an_element_is_read_or_refused(octets: str, why: str | None) -> None:
    data = bytes.fromhex(octets)
    if why is None:
        assert der.read(data, 0, len(data)) == (SEQUENCE, 2, 5)
        return
    with pytest.raises(BadDer, match=why):
        der.read(data, 0, len(data))


def test_a_length_longer_than_needed_is_borne_with() -> None:
    assert der.read(bytes.fromhex("30820003020101"), 0, 7) == (SEQUENCE, 4, 7)


def test_another_tag_than_expected_is_refused() -> None:
    with pytest.raises(BadDer, match="0x4 where 0x30"):
        der.expect(b"\x04\x00", 0, 2, SEQUENCE)


def test_what_comes_before_the_damage_can_be_read() -> None:
    data = bytes.fromhex("020101 0401ff 04ff")
    assert [each[0] for each in der.readable(data, 0, len(data))] == [2, 4]
    with pytest.raises(BadDer):
        der.children(data, 0, len(data))


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("551d11", "2.5.29.17"),
        ("2a864886f70d010101", "1.2.840.113549.1.1.1"),
        ("2b0601050507 0118", "1.3.6.1.5.5.7.1.24"),
        ("883703", "2.999.3"),
        ("0992268993f22c640119", "0.9.2342.19200300.100.1.25"),
    ],
)
def test_an_object_identifier_is_written_with_dots(octets: str, text: str) -> None:
    data = bytes.fromhex(octets)
    assert der.object_identifier(data, 0, len(data)) == text


@pytest.mark.parametrize("octets", [b"", b"\x55\x9d"])
def test_an_object_identifier_cut_short_is_refused(octets: bytes) -> None:
    with pytest.raises(BadDer):
        der.object_identifier(octets, 0, len(octets))


@pytest.mark.parametrize(
    ("tag", "content", "expected"),
    [
        (UTC_TIME, b"700101000000Z", 0),
        (UTC_TIME, b"7001010001Z", 60),
        (UTC_TIME, b"491231235959Z", 2_524_607_999),
        (UTC_TIME, b"500101000000Z", -631_152_000),
        (GENERALIZED_TIME, b"99991231235959Z", 253_402_300_799),
        (GENERALIZED_TIME, b"20240229120000Z", 1_709_208_000),
    ],
)
def test_a_moment_becomes_seconds(tag: int, content: bytes, expected: int) -> None:
    assert der.seconds(tag, content) == expected


@pytest.mark.parametrize(
    ("tag", "content"),
    [
        (GENERALIZED_TIME, b"20230229120000Z"),
        (GENERALIZED_TIME, b"20231301120000Z"),
        (GENERALIZED_TIME, b"20230100120000Z"),
        (GENERALIZED_TIME, b"00000101120000Z"),
        (GENERALIZED_TIME, b"20230101240000Z"),
        (GENERALIZED_TIME, b"20230101120060Z"),
        (GENERALIZED_TIME, b"20230101120000+0100"),
        (GENERALIZED_TIME, b"20230101120000.5Z"),
        (UTC_TIME, b""),
        (UTC_TIME, b"2301011200-0Z"),
        (0x04, b"230101120000Z"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(tag: int, content: bytes) -> None:
    with pytest.raises(BadDer):
        der.seconds(tag, content)


@given(st.datetimes())
def test_moments_agree_with_the_calendar(moment: datetime) -> None:
    content = f"{moment.year:04}{moment:%m%d%H%M%S}Z".encode()
    assert der.seconds(GENERALIZED_TIME, content) == calendar.timegm(moment.timetuple())


@given(st.binary(max_size=60))
def test_octets_are_walked_or_refused(data: bytes) -> None:
    found = list(der.readable(data, 0, len(data)))
    assert all(0 <= at < begin <= end <= len(data) for _, at, begin, end in found)
