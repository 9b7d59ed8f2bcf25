from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from everseal.planning.words import every, moment, names, plural, roughly, span
from tests.planning.samples import names as identifiers


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=30), "30 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(seconds=-1), "0 seconds"),
        (timedelta(days=1000), "1,000 days"),
    ],
)
def test_spans_are_exact(length: timedelta, words: str) -> None:
    assert span(length) == words


def test_moments_are_utc_to_the_second() -> None:
    east = timezone(timedelta(hours=1))
    assert moment(datetime(2026, 11, 24, 3, 10, 9, 9, tzinfo=east)) == "2026-11-24 02:10:09 UTC"


def test_names_are_shortened_as_certbot_does() -> None:
    assert names(()) == "no names"
    assert names(identifiers("a.example")) == "a.example"
    assert names(identifiers("a.example", "192.0.2.1")) == "a.example and 192.0.2.1"
    assert names(identifiers("a.example", "b.example", "c.example")) == "a.example and 2 more"
    assert every(identifiers("a.example", "b.example", "c.example")) == "a.example, b.example, c.example"


def test_plurals() -> None:
    assert [plural(count, "day") for count in (0, 1, 2)] == ["0 days", "1 day", "2 days"]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(minutes=18), "18 minutes"),
        (timedelta(hours=33.6), "34 hours"),
        (timedelta(minutes=201.6), "3.4 hours"),
        (timedelta(seconds=7.2), "7.2 seconds"),
        (timedelta(hours=84), "84 hours"),
        (timedelta(microseconds=33), "0.0 seconds"),
    ],
)
def test_long_spans_are_rounded(length: timedelta, words: str) -> None:
    assert roughly(length) == words
