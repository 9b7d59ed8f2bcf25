"""One-time values against replay (RFC 8555 section 6.5), kept for the next signed request."""

from __future__ import annotations

import threading
from typing import Final

from everseal.acme.wire import parse_nonce
from everseal.model.clock import Clock

_MOST: Final = 100
_IDLE_SECONDS: Final = 600.0


class NoncePool:
    """The unused nonces of one CA, newest first; those that lay idle for long are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._nonces: list[tuple[str, float]] = []

    def put(self, nonce: str | None) -> None:
        """Keep a ``Replay-Nonce``; what is absent or no nonce is passed over."""
        if (fit := parse_nonce(nonce)) is None:
            return
        with self._lock:
            self._nonces.append((fit, self._clock.monotonic()))
            del self._nonces[:-_MOST]

    def take(self) -> str | None:
        """A nonce that nobody else gets, or None when the pool is empty."""
        oldest_fit = self._clock.monotonic() - _IDLE_SECONDS
        with self._lock:
            if not self._nonces:
                return None
            nonce, arrived = self._nonces.pop()
            if arrived < oldest_fit:
                self._nonces.clear()
                return None
            return nonce

    def clear(self) -> None:
        """Forget all: the CA has, too."""
        with self._lock:
            self._nonces.clear()
