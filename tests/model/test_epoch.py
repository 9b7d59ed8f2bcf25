from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from everseal.model.epoch import EPOCH, microseconds, stamp


def test_microseconds_are_rounded_down() -> None:
    assert microseconds(EPOCH + timedelta(seconds=2, microseconds=1)) == 2_000_001
    assert microseconds(EPOCH - timedelta(microseconds=1)) == -1


def test_stamps_are_in_utc_to_the_second() -> None:
    noon = datetime(2026, 11, 24, 12, microsecond=999, tzinfo=UTC)
    assert stamp(noon.astimezone(timezone(timedelta(hours=5)))) == "2026-11-24T12:00:00Z"
