from __future__ import annotations

from datetime import UTC, datetime, timedelta

from everseal.planning.setback import Setback, after_failure

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LIFETIME = timedelta(days=90)


def test_failures_in_a_row_wait_longer() -> None:
    setback: Setback | None = None
    waits = []
    for _ in range(7):
        setback = after_failure(setback, serial=7, lifetime=LIFETIME, now=NOW)
        waits.append(setback.retry_at - NOW)
    assert waits == [timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24, 24)]
    assert setback is not None
    assert setback.failures == 7


def test_another_certificate_starts_anew() -> None:
    first = after_failure(None, serial=7, lifetime=LIFETIME, now=NOW)
    second = after_failure(first, serial=8, lifetime=LIFETIME, now=NOW)
    assert (second.failures, second.serial) == (1, 8)


def test_the_authority_is_not_asked_before_it_wants_to_be() -> None:
    asked = NOW + timedelta(hours=5)
    assert after_failure(None, serial=7, lifetime=LIFETIME, now=NOW, asked=asked).retry_at == asked


def test_one_from_the_future_was_noted_by_a_wrong_clock() -> None:
    noted = after_failure(None, serial=7, lifetime=LIFETIME, now=NOW + timedelta(days=365))
    assert not noted.holds(7, now=NOW)
    assert noted.holds(7, now=NOW + timedelta(days=365))
    assert not noted.holds(8, now=NOW + timedelta(days=365))
    assert after_failure(noted, serial=7, lifetime=LIFETIME, now=NOW).failures == 1
