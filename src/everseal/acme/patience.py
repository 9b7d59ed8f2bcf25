"""How often and how long one request is repeated before its error stands."""

from __future__ import annotations

from typing import Final

from everseal.acme.problems import AcmeError
from everseal.acme.wire import HURRIED_SECONDS, REQUEST_SECONDS
from everseal.model.clock import Random
from everseal.system.http import HttpFailure

NONCE_TRIES: Final = 10
_REPEATS: Final = 3
_SECONDS: Final = 30.0
_FIRST_DELAY: Final = 0.5
_TRANSIENT_STATUSES: Final = frozenset({500, 502, 503, 504})


class Patience:
    """For one request: three repeats, or fewer, and thirty seconds of waiting in all.

    A CA that names a longer time is believed, and the error stands with that time in it.  ``hurried`` repeats
    nothing and waits a few seconds for the answer.
    """

    def __init__(self, random: Random, *, hurried: bool = False) -> None:
        self.is_hurried = hurried
        self._random = random
        self._repeats = 0
        self._seconds = _SECONDS

    @property
    def repeats(self) -> int:
        return self._repeats

    @property
    def has_repeated(self) -> bool:
        return self._repeats > 0

    @property
    def request_seconds(self) -> float:
        """How long each sending may take."""
        return HURRIED_SECONDS if self.is_hurried else REQUEST_SECONDS

    @property
    def is_exhausted(self) -> bool:
        """Whether the request was repeated as often as any is."""
        return self._repeats >= _REPEATS

    def after_failure(self, failure: HttpFailure, *, repeatable: bool) -> float | None:
        """Seconds to wait before sending again, or None to give up.

        What the server may have acted on is sent again only if that is harmless.
        """
        if not failure.is_transient or (failure.was_sent and not repeatable):
            return None
        return self._spend(None)

    def after_refusal(
        self, error: AcmeError, *, status: int, retry_after: float | None, repeatable: bool
    ) -> float | None:
        """The same for an error the CA answered with; it did not act on a 429."""
        if status == 429 or error.type == "rateLimited":
            return None if retry_after is None else self._spend(retry_after)
        if status in _TRANSIENT_STATUSES and repeatable:
            return self._spend(retry_after)
        return None

    def _spend(self, minimum: float | None) -> float | None:
        if self.is_hurried or self.is_exhausted:
            return None
        longest = _FIRST_DELAY * 2**self._repeats
        jitter = self._random.uniform(longest / 2, longest)
        delay = jitter if minimum is None else minimum + self._random.uniform(0.0, 0.25)
        if delay > self._seconds:
            return None
        self._repeats += 1
        self._seconds -= delay
        return delay
