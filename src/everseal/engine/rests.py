"""CAs that are left alone for a while, because they say so or because they are not there.

A thousand orders that each find out for themselves would be a thousand knocks at the same closed door.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from everseal.acme.problems import AcmeError
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.system.http import HttpFailure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everseal.model.clock import Clock

_FAILURES: Final = 3
_RESTS: Final = (30.0, 60.0, 120.0)
_LONGEST: Final = 300.0
_LOOK_EVERY: Final = 0.25


class CaAtRest(OperatorError):
    """A CA that this run asks for nothing more: it is not there, or wants to be left alone for long."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(
            f"the CA at {server} was not asked, since it served no other order: {why}",
            remedy="nothing is lost: run the same command again later, or let the timer do it",
        )


@dataclass(slots=True)
class _State:
    """``failures`` orders in a row found nobody, ``rests`` were taken; ``until`` is monotonic time."""

    failures: int = 0
    rests: int = 0
    until: float = 0.0
    why: str = ""
    is_tried: bool = False
    is_given_up: bool = False

    @property
    def is_in_doubt(self) -> bool:
        """Whether it is not known yet that the CA serves orders again."""
        return self.why != ""


class Rests:
    """What one run knows of the CAs it orders from; any number of threads ask.

    After three orders in a row that could not reach a CA the others wait, for half a minute, then for one,
    then for two; after each wait one order tries.  A CA that is busy (503) and says until when is waited for
    until then.  When it does not come back, or wants to be left alone for more than five minutes, the orders
    that are left are not tried.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, _State] = {}

    @contextmanager
    def heeded(self, server: str) -> Iterator[None]:
        """Around one order: waits before it where that helps, and learns from how it ends.

        Raises CaAtRest.
        """
        self._wait(server)
        began = self._clock.monotonic()
        try:
            yield
        except OperatorError as error:
            self._learn(server, error, began)
            raise
        self._clear(server)

    def _wait(self, server: str) -> None:
        while (delay := self._delay(server)) > 0:
            self._clock.sleep(delay)

    def _delay(self, server: str) -> float:
        """Seconds until another look; 0 where the order may go on."""
        with self._lock:
            state = self._states.setdefault(server, _State())
            if state.is_given_up:
                raise CaAtRest(server, state.why)
            if not state.is_in_doubt:
                return 0.0
            left = state.until - self._clock.monotonic()
            if left > 0:
                return left
            if state.is_tried:
                return _LOOK_EVERY
            state.is_tried = True
            return 0.0

    def _learn(self, server: str, error: OperatorError, began: float) -> None:
        now = self._clock.now()
        with self._lock:
            state = self._states[server]
            asked = _asked_rest(error, now)
            if asked is None and not isinstance(error, HttpFailure):
                self._states[server] = _State()
            elif asked is not None:
                self._rest(state, asked, error)
            elif began >= state.until:
                state.failures += 1
                if state.failures >= _FAILURES:
                    self._rest(state, None, error)

    def _rest(self, state: _State, asked: float | None, error: OperatorError) -> None:
        state.why = error.message
        state.is_tried = False
        if asked is None:
            state.is_given_up = state.rests >= len(_RESTS)
            seconds = _RESTS[min(state.rests, len(_RESTS) - 1)]
            state.rests += 1
        else:
            state.is_given_up = asked > _LONGEST
            seconds = asked
        state.until = max(state.until, self._clock.monotonic() + seconds)

    def _clear(self, server: str) -> None:
        with self._lock:
            self._states[server] = _State()


def _asked_rest(error: OperatorError, now: datetime) -> float | None:
    """How long a CA that is busy wants to be left alone, in seconds; None where it does not say so."""
    if not isinstance(error, AcmeError) or error.problem.status != HTTPStatus.SERVICE_UNAVAILABLE:
        return None
    until = error.problem.retry_at
    return None if until is None else max(0.0, (until - now).total_seconds())
