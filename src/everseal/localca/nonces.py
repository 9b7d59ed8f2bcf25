"""One-use nonces, kept in memory: a restart forgets them, and clients get ``badNonce`` and go on."""

from __future__ import annotations

import base64
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from everseal.model.clock import Random

_MOST: Final = 20_000
_SIZE: Final = 16


class Nonces:
    """Gives out nonces and takes each back once; the oldest are forgotten beyond a bound."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lock = threading.Lock()
        self._out: OrderedDict[str, None] = OrderedDict()

    def issue(self) -> str:
        nonce = base64.urlsafe_b64encode(self._random.token(_SIZE)).decode("ascii").rstrip("=")
        with self._lock:
            self._out[nonce] = None
            if len(self._out) > _MOST:
                self._out.popitem(last=False)
        return nonce

    def redeem(self, nonce: str) -> bool:
        """Whether it was ours and unused; it is used now."""
        with self._lock:
            return self._out.pop(nonce, self) is None
