"""A server in a process of its own: started, waited for, stopped by its process id, its output kept."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_WITHIN_SECONDS = 30
STOP_WITHIN_SECONDS = 10


class ServerProcess:
    """A running server; `stop` ends it and is safe to call again."""

    def __init__(self, words: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                words,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until(self, answers: Callable[[], bool]) -> None:
        """Return when it answers; raise with its output when it ends first or takes too long."""
        end = time.monotonic() + START_WITHIN_SECONDS
        while not answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended at once:\n{self.output()}")
            if time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"the server did not answer in time:\n{self.output()}")
            time.sleep(0.02)

    def output(self) -> str:
        """Everything it has said so far."""
        return self.log.read_text("utf-8", "replace")

    def stop(self) -> None:
        """Ask it to end, insist after a while, and wait."""
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
