"""Moments as numbers since 1970, as files and indexes keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Since 1970, rounded down; ``moment`` is aware."""
    return (moment - EPOCH) // _MICROSECOND
