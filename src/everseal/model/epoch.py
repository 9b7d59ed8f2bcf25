"""Moments as numbers since 1970, as files and indexes keep them, and as texts of protocols."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Since 1970, rounded down; ``moment`` is aware."""
    return (moment - EPOCH) // _MICROSECOND


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second; ``moment`` is aware."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
