"""Looking at something again and again until it is done: early, then less often, with an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from everseal.model.clock import Clock, Random
from everseal.model.errors import OperatorError

_EARLIEST: Final = 0.02
_EARLY: Final = 0.05
_SECOND: Final = 0.25
_GROWTH: Final = 1.5
_LONGEST: Final = 10.0
LONGEST_RETRY_AFTER: Final = 30.0


class IssuanceTimeout(OperatorError):
    """The CA did not finish in time; the order may still be carried on."""

    def __init__(self, order_url: str, status: str) -> None:
        super().__init__(
            f"the CA has not finished the order in time: {order_url} is still {status}",
            remedy="run the same command again to go on with it, or give --issuance-timeout more seconds",
        )
        self.order_url = order_url


class Pace:
    """The waits between looks: one of a moment, for a CA that is quick, then longer by half, with jitter.

    The CA's Retry-After is a minimum from the second wait on, up to 30 seconds: some CAs ask for a
    day while they need a minute.
    """

    def __init__(self, clock: Clock, random: Random, *, deadline: float) -> None:
        self._clock = clock
        self._deadline = deadline
        self._delays = _delays(random)

    def wait(self, retry_after: float | None) -> bool:
        """Sleep before the next look; False when the deadline (on the monotonic clock) has come."""
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            return False
        delay, early = next(self._delays)
        if retry_after is not None and not early:
            delay = max(delay, min(retry_after, LONGEST_RETRY_AFTER))
        self._clock.sleep(min(delay, left))
        return True


def _delays(random: Random) -> Iterator[tuple[float, bool]]:
    yield random.uniform(_EARLIEST, _EARLY), True
    longest = _SECOND
    while True:
        yield random.uniform(longest / 2, longest), False
        longest = min(longest * _GROWTH, _LONGEST)
