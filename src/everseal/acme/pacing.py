"""How fast one CA is asked: so many requests at once, and so many a second as it publishes.

Let's Encrypt answers whoever is faster with 503; it is kinder, and quicker in the end, not to be.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from everseal.model.clock import Clock
from everseal.model.frozen import dataclass

MOST_AT_ONCE: Final = 16
MOST_QUESTIONS: Final = 32
"""So many questions about renewals may be under way besides: plain GETs, each one round trip and no work."""
_QUESTION: Final = "renewalInfo"
OTHER: Final = "other"
"""The name of the rate for every resource that has none of its own."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` requests at once after a rest, and ``per_second`` from then on."""

    per_second: float
    burst: int


class Pacing:
    """Gives each request its turn; any number of threads ask.

    ``rates`` are by resource (``newNonce``, ``newOrder`` ...); without one a resource is asked as fast as it
    answers.
    """

    def __init__(
        self, clock: Clock, rates: Mapping[str, Rate] | None = None, *, at_once: int = MOST_AT_ONCE
    ) -> None:
        self._clock = clock
        self._slots = threading.BoundedSemaphore(at_once)
        self._questions = threading.BoundedSemaphore(MOST_QUESTIONS)
        self._buckets = {name: _Bucket(rate) for name, rate in (rates or {}).items()}

    @contextmanager
    def turn(self, resource: str) -> Iterator[None]:
        """Wait until the request may be sent; its answer ends the turn."""
        bucket = self._buckets.get(resource) or self._buckets.get(OTHER)
        if bucket is not None:
            delay = bucket.take(self._clock.monotonic())
            if delay > 0:
                self._clock.sleep(delay)
        with self._questions if resource == _QUESTION else self._slots:
            yield


class _Bucket:
    """Remembers when a bucket that leaks ``per_second`` would be empty, which is all there is to it."""

    def __init__(self, rate: Rate) -> None:
        self._interval = 1 / rate.per_second
        self._slack = (rate.burst - 1) * self._interval
        self._empty_at = 0.0
        self._lock = threading.Lock()

    def take(self, now: float) -> float:
        """Seconds until the request that asks may be sent; it is counted already."""
        with self._lock:
            due = max(self._empty_at, now)
            self._empty_at = due + self._interval
            return max(0.0, due - self._slack - now)
