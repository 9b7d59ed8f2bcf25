"""Walking DER (X.690), just enough to read certificates that stricter readers give up on.

Plain functions on offsets and no value objects: listings read ten thousand certificates with it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SEQUENCE = 0x30
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
BOOLEAN = 0x01
SET = 0x31
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18

_LONGEST_LENGTH: Final = 4
_UTC_TIME_PIVOT: Final = b"50"
_DAYS_BEFORE_MONTH: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_IN_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_BEFORE_1970: Final = 719_162


class BadDer(ValueError):
    """The octets are no DER, or end too early."""


def read(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """The element at ``at``: its tag, and where its content begins and ends.

    Raises BadDer for what does not fit before ``end``, for indefinite lengths and for long tags.
    """
    if at + 2 > end:
        raise BadDer("an element is cut short")
    tag, length = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise BadDer("a tag of several octets")
    start = at + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= _LONGEST_LENGTH or start + size > end:
            raise BadDer("a length that cannot be")
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > end:
        raise BadDer("an element is longer than what is around it")
    return tag, start, start + length


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """The content of an element that has to have ``tag``.  Raises BadDer."""
    found, start, stop = read(data, at, end)
    if found != tag:
        raise BadDer(f"tag {found:#x} where {tag:#x} was expected")
    return start, stop


def readable(data: bytes, start: int, stop: int) -> list[tuple[int, int, int, int]]:
    """The elements inside a constructed one as far as they can be read.

    Each is its tag, the start of the whole, and where its content begins and ends.
    """
    found = []
    at = start
    try:
        while at < stop:
            tag, begin, end = read(data, at, stop)
            found.append((tag, at, begin, end))
            at = end
    except BadDer:
        pass
    return found


def children(data: bytes, start: int, stop: int) -> list[tuple[int, int, int, int]]:
    """The elements inside a constructed one, if all of them can be read.  Raises BadDer."""
    found = readable(data, start, stop)
    end = found[-1][3] if found else start
    if end != stop:
        raise BadDer("an element is cut short")
    return found


def seconds(tag: int, content: bytes) -> int:
    """Seconds since 1970 of a UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5).  Raises BadDer."""
    digits = content.removesuffix(b"Z")
    if tag == UTC_TIME:
        if len(digits) == 10:
            digits += b"00"
        digits = (b"20" if digits[:2] < _UTC_TIME_PIVOT else b"19") + digits
    elif tag != GENERALIZED_TIME:
        raise BadDer("something else where a moment belongs")
    if len(digits) != 14 or not digits.isdigit():
        raise BadDer(f"a moment that cannot be read: {content!r}")
    date, clock = int(digits[:8]), int(digits[8:])
    return _days(date // 10_000, date // 100 % 100, date % 100) * 86_400 + _seconds_of_day(clock)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970 in the Gregorian calendar."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
        raise BadDer("a date that cannot be")
    if month == 2 and day == 29 and not leap:
        raise BadDer("a date that cannot be")
    before = year - 1
    years = before * 365 + before // 4 - before // 100 + before // 400
    return years + _DAYS_BEFORE_MONTH[month - 1] + (leap and month > 2) + day - 1 - _DAYS_BEFORE_1970


def _seconds_of_day(clock: int) -> int:
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    if hour > 23 or minute > 59 or second > 59:
        raise BadDer("a time of day that cannot be")
    return hour * 3600 + minute * 60 + second


def object_identifier(data: bytes, start: int, stop: int) -> str:
    """Dotted text.  Raises BadDer."""
    if start >= stop or data[stop - 1] & 0x80:
        raise BadDer("an object identifier is cut short")
    arcs: list[int] = []
    value = 0
    for octet in data[start:stop]:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
