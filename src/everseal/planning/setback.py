"""Failed orders in a row, and how long unattended runs wait after them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from everseal.model.frozen import dataclass
from everseal.model.text import printable
from everseal.planning.backoff import retry_at

_LONGEST_MESSAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Setback:
    """``failures`` orders failed in a row; no unattended order before ``retry_at``.

    ``serial`` is the certificate they were to replace: another one in its place ends the setback.
    ``message`` is what was wrong the last time, one printable line.
    """

    failures: int
    failed_at: datetime
    retry_at: datetime
    serial: int
    message: str = ""

    def holds(self, serial: int, *, now: datetime) -> bool:
        """Whether it is about this certificate; one from the future was noted by a clock that was wrong."""
        return self.serial == serial and self.failed_at <= now


def after_failure(
    before: Setback | None,
    *,
    serial: int,
    lifetime: timedelta,
    now: datetime,
    asked: datetime | None = None,
    unanswered: bool = False,
    message: str = "",
) -> Setback:
    """One failure more, with its ``message``.

    ``asked`` is when the CA wants to be asked again, where it said so; ``unanswered`` says that it gave no
    answer.
    """
    earlier = before.failures if before is not None and before.holds(serial, now=now) else 0
    until = retry_at(earlier + 1, failed_at=now, lifetime=lifetime, asked=asked, unanswered=unanswered)
    return Setback(earlier + 1, now, until, serial, printable(message, _LONGEST_MESSAGE))
