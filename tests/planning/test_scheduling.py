from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.planning.scheduling import Times, draw_cadence, step_for

HERE = timezone(timedelta(hours=1))
DAYS = timedelta(days=1)


@given(st.binary(max_size=40), st.text(max_size=20), st.integers(6, 400 * 24 * 60))
def test_never_on_the_hour_and_twice_a_day(secret: bytes, place: str, minutes: int) -> None:
    cadence = draw_cadence(secret, place, timedelta(minutes=minutes))
    first, second = cadence.usual.hours
    assert second - first == 12
    assert all(3 <= minute <= 56 for minute in cadence.usual.minutes)
    if cadence.frequent is not None and cadence.step != timedelta(minutes=1):
        assert 0 not in cadence.frequent.minutes


def test_drawn_once_for_each_machine_and_directory() -> None:
    assert draw_cadence(b"a", "/x", None) == draw_cadence(b"a", "/x", None)
    drawn = {draw_cadence(bytes([each]), "/x", None).usual for each in range(50)}
    assert len(drawn) > 45
    assert draw_cadence(b"a", "/x", None) != draw_cadence(b"a", "/y", None)


@pytest.mark.parametrize(
    ("lifetime", "step"),
    [
        (None, None),
        (90 * DAYS, None),
        (45 * DAYS, None),
        (12 * DAYS, None),
        (10 * DAYS, timedelta(hours=8)),
        (6 * DAYS, timedelta(hours=6)),
        (DAYS, timedelta(hours=1)),
        (timedelta(hours=1), timedelta(minutes=2)),
        (timedelta(minutes=6), timedelta(minutes=1)),
    ],
)
def test_short_lived_certificates_are_looked_at_more_often(
    lifetime: timedelta | None, step: timedelta | None
) -> None:
    assert step_for(lifetime) == step
    cadence = draw_cadence(b"secret", "/etc/letsencrypt", lifetime)
    assert cadence.step == step
    if cadence.frequent is not None:
        assert cadence.step is not None
        runs = len(cadence.frequent.hours or range(24)) * len(cadence.frequent.minutes)
        assert runs * cadence.step == DAYS


def test_the_next_instant() -> None:
    times = Times((3, 15), (17,), 42)
    now = datetime(2026, 11, 24, 15, 17, 42, tzinfo=HERE)
    assert times.after(now) == datetime(2026, 11, 25, 3, 17, 42, tzinfo=HERE)
    assert times.after(now - timedelta(seconds=1)) == now
    every = Times((), (5, 35), 0)
    assert every.after(now) == datetime(2026, 11, 24, 15, 35, tzinfo=HERE)
