"""A few threads that do what requests leave behind: validation and issuance."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class Workers:
    """Jobs run in the order of their submission, ``size`` at a time; a job's error goes to ``on_error``."""

    def __init__(self, size: int, on_error: Callable[[Exception], None]) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._on_error = on_error
        self._threads = [
            threading.Thread(target=self._work, name=f"ca-worker:{number}", daemon=True)
            for number in range(size)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def submit(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def stop(self, *, within: float) -> None:
        """Finish what is queued; give up on threads that are still busy after ``within`` seconds each."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(within)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:
                self._on_error(error)
