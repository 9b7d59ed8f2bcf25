"""Keeps what is said about one lineage together, in the order of the plan, however many are worked on.

The first that is not done speaks at once; what is said about the others waits for their turn.
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from everseal.model.names import CertificateName

    Say = Callable[[str], None]


class Turns:
    """``say`` calls ``how(text)``, now or when it is the turn of ``name``; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._order: list[CertificateName] = []
        self._held: dict[CertificateName, list[tuple[Say, str]]] = {}
        self._done: set[CertificateName] = set()

    def expect(self, names: Iterable[CertificateName]) -> None:
        """These lineages speak in this order."""
        with self._lock:
            self._order = list(names)[::-1]

    def say(self, name: CertificateName | None, how: Say, text: str) -> None:
        with self._lock:
            if name is None or not self._order or name == self._order[-1]:
                how(text)
            else:
                self._held.setdefault(name, []).append((how, text))

    def done(self, name: CertificateName) -> None:
        """No more is said about ``name``: the turn of the next has come, if it was this one's."""
        with self._lock:
            self._done.add(name)
            while self._order and self._order[-1] in self._done:
                self._order.pop()
                if self._order:
                    self._speak(self._order[-1])

    def end(self) -> None:
        """Nobody has to wait any more."""
        with self._lock:
            for name in self._order[::-1]:
                self._speak(name)
            self._order.clear()
            self._done.clear()

    def _speak(self, name: CertificateName) -> None:
        for how, text in self._held.pop(name, ()):
            how(text)
