"""The real clock and the real source of chance."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Time as the machine has it."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


class SystemRandom:
    """Chance from the operating system: fit for secrets, and the same after a fork."""

    def uniform(self, low: float, high: float) -> float:
        import random

        return random.SystemRandom().uniform(low, high)

    def token(self, size: int) -> bytes:
        import secrets

        return secrets.token_bytes(size)
