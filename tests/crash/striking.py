"""Workers as tests see them: each a process with a machine and a CA of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from tests.crash.programs import ProgramName
from tests.crash.worker import Count, Counted, Findings, Job
from tests.servers.programs import requires

_ROOT: Final = Path(__file__).resolve().parents[2]
# Where nothing is really written: a thousand flushes to a busy disk take minutes.
_MEMORY: Final = "/dev/shm"


class Striker:
    """Strikes one program; a context manager."""

    def __init__(self, program: ProgramName) -> None:
        self.program = program
        self._folder = tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)
        python = sys.executable if program == "everseal" else requires(program).path.with_name("python")
        self._worker = subprocess.Popen(
            [python, "-m", "tests.crash.worker", self._folder.name, program, sys.executable],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def strike(self, operation: str, mode: str, *, first: int = 0, every: int = 1) -> Findings:
        """Try points of an operation; all of them if nothing is said."""
        found = self._ask(Job(operation, mode, first, every))
        by_point = {
            member: {int(point): told for point, told in found[member].items()}
            for member in ("wide", "unrecovered")
        }
        return Findings(**{**found, **by_point})

    def count(self, operation: str) -> Counted:
        """Count an operation's points in three ways."""
        return Counted(**self._ask(Count(operation, str(requires("strace").path))))

    def close(self) -> None:
        """End the worker."""
        self._worker.communicate()
        self._folder.cleanup()

    def __enter__(self) -> Striker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, order: Job | Count) -> dict[str, Any]:
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        words = {member: getattr(order, member) for member in order.__slots__}
        self._worker.stdin.write(f"{json.dumps(words)}\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        assert line, f"the worker for {self.program} ended; see above"
        answer: dict[str, Any] = json.loads(line)
        return answer
