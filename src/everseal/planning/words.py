"""How plans and reasons say moments, spans and lists of names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.model.names import Identifier

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def moment(when: datetime) -> str:
    """``2026-11-24 02:10:00 UTC``; ``when`` is aware."""
    return f"{when.astimezone(UTC).isoformat(' ')[:19]} UTC"


def span(length: timedelta) -> str:
    """In the largest unit that says it exactly: ``30 days``, ``36 hours``, ``90 seconds``."""
    seconds = max(0, round(length.total_seconds()))
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            return plural(seconds // size, unit)
    return plural(seconds, "second")


def roughly(length: timedelta) -> str:
    """As :func:`span` where that is short, else rounded: ``34 hours``, ``3.4 hours``."""
    seconds = length.total_seconds()
    for size, unit in _UNITS:
        count = seconds / size
        if count >= 1 and count == int(count) < 100:
            return plural(int(count), unit)
    size, unit = next((each for each in _UNITS if seconds >= 2 * each[0]), _UNITS[-1])
    count = seconds / size
    return f"{count:,.0f} {unit}s" if count >= 10 else f"{count:.1f} {unit}s"


def plural(count: int, noun: str) -> str:
    """``1 day``, ``2 days``, ``1,000 days``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def names(identifiers: Sequence[Identifier]) -> str:
    """``a``, ``a and b``, ``a and 2 more`` as Certbot shortens them."""
    values = [identifier.value for identifier in identifiers]
    if len(values) <= 2:
        return " and ".join(values) or "no names"
    return f"{values[0]} and {len(values) - 1} more"


def every(identifiers: Sequence[Identifier]) -> str:
    """All of them: ``a, b, c``."""
    return ", ".join(identifier.value for identifier in identifiers)
