from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.planning.backoff import retry_at
from tests.planning.samples import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("failures", "hours"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 24), (7, 24), (10_000, 24)]
)
def test_an_hour_doubling_to_a_day(failures: int, hours: int) -> None:
    for lifetime in (None, timedelta(days=90), timedelta(days=6)):
        assert retry_at(failures, failed_at=NOW, lifetime=lifetime) == NOW + hours * HOUR


@given(st.integers(0, 50))
def test_a_short_lived_certificate_is_tried_again_in_its_life(failures: int) -> None:
    wait = retry_at(failures, failed_at=NOW, lifetime=timedelta(minutes=6)) - NOW
    assert timedelta(seconds=7) < wait <= timedelta(minutes=1)


def test_the_ca_is_not_asked_before_it_wants() -> None:
    assert retry_at(1, failed_at=NOW, asked=NOW + 30 * HOUR) == NOW + 30 * HOUR
    assert retry_at(6, failed_at=NOW, asked=NOW + HOUR) == NOW + 24 * HOUR
    assert retry_at(1, failed_at=NOW, asked=NOW - HOUR) == NOW + HOUR


def test_a_ca_that_wants_a_year_is_not_believed() -> None:
    assert retry_at(1, failed_at=NOW, asked=NOW + timedelta(days=365)) == NOW + timedelta(days=7)


@pytest.mark.parametrize(("failures", "hours"), [(1, 1), (2, 2), (3, 4), (4, 6), (5, 6), (100, 6)])
def test_a_ca_that_gave_no_answer_is_asked_within_six_hours(failures: int, hours: int) -> None:
    assert (
        retry_at(failures, failed_at=NOW, lifetime=timedelta(days=90), unanswered=True) == NOW + hours * HOUR
    )
    short = retry_at(failures, failed_at=NOW, lifetime=timedelta(minutes=6), unanswered=True)
    assert short <= NOW + timedelta(seconds=15)
