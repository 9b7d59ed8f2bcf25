"""Asking a run to end: first gently, then at once, and waits that listen.

A signal handler may call ``ask`` at any moment, so nothing here takes a lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from everseal.model.errors import Interrupted

if TYPE_CHECKING:
    from datetime import datetime

    from everseal.model.clock import Clock

_SLICE: Final = 0.1


class StopSwitch:
    """Implements the ``Stop`` port.

    After the first ``ask`` what is under way has ``grace`` seconds to come to its end; a second one ends
    that.
    """

    def __init__(self, clock: Clock, *, grace: float) -> None:
        self._clock = clock
        self._grace = grace
        self._asked = 0
        self._deadline = 0.0

    def ask(self) -> int:
        """Gives how often that was done."""
        if not self._asked:
            self._deadline = self._clock.monotonic() + self._grace
        self._asked += 1
        return self._asked

    @property
    def is_wanted(self) -> bool:
        return self._asked > 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be waited for."""
        return self._asked > 1 or (self._asked == 1 and self._clock.monotonic() >= self._deadline)


class ListeningClock:
    """Another clock, whose sleepers wake up when the switch says that it is over."""

    def __init__(self, clock: Clock, switch: StopSwitch) -> None:
        self._clock = clock
        self._switch = switch

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Raises Interrupted when there is no time left."""
        left = seconds
        while True:
            if self._switch.is_over:
                raise Interrupted
            if left <= 0:
                return
            self._clock.sleep(min(left, _SLICE))
            left -= _SLICE
