"""Failed orders in a row, and how long unattended runs wait after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from everseal.planning.backoff import retry_at


@dataclass(frozen=True, slots=True)
class Setback:
    """``failures`` orders failed in a row; no unattended order before ``retry_at``.

    ``serial`` is the certificate they were to replace: another one in its place ends the setback.
    """

    failures: int
    failed_at: datetime
    retry_at: datetime
    serial: int


def after_failure(
    before: Setback | None,
    *,
    serial: int,
    lifetime: timedelta,
    now: datetime,
    asked: datetime | None = None,
) -> Setback:
    """One failure more.  ``asked`` is when the CA wants to be asked again, where it said so."""
    earlier = before.failures if before is not None and before.serial == serial else 0
    until = retry_at(earlier + 1, failed_at=now, lifetime=lifetime, asked=asked)
    return Setback(earlier + 1, now, until, serial)
