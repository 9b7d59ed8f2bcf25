"""Time and chance as things that are passed in.

The protocols live here so that every floor can ask for them; the real clock and random source
are in :mod:`everseal.system.clock`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Wall clock, monotonic clock and the right to wait."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow; deadlines are measured with it."""

    def sleep(self, seconds: float) -> None:
        """Wait; returns early only by an exception of the caller's signal handler."""


class Random(Protocol):
    """A source of chance, so that tests can hold it still."""

    def uniform(self, low: float, high: float) -> float:
        """A number between ``low`` and ``high``."""

    def token(self, size: int) -> bytes:
        """``size`` bytes fit for secrets."""
