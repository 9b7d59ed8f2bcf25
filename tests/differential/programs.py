"""The two programs under comparison, behind one way to run a command."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from tests.differential.terminal import Answer, Terminal
from tests.servers.programs import requires

LONGEST_COMMAND_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Call:
    """One command: its words without the program, and the surroundings."""

    words: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    answers: Sequence[Answer] = ()
    at_terminal: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it. At a terminal everything is in `stdout`."""

    status: int
    stdout: str
    stderr: str
    asked: tuple[str, ...] = ()


class Program(Protocol):
    """Something that carries commands out."""

    def run(self, call: Call) -> Result: ...


class Forked:
    """A program loaded once and forked for each command; a context manager."""

    def __init__(self, name: str, python: Path, folder: Path) -> None:
        self.name = name
        self._streams = folder
        environment = {**os.environ}
        environment.pop("XDG_CONFIG_HOME", None)  # which Certbot reads as it is loaded
        self._server = subprocess.Popen(
            [python, str(Path(__file__).with_name("fork_server.py")), name],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )

    def __enter__(self) -> "Forked":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.communicate()

    def run(self, call: Call) -> Result:
        """Carry it out; a command that takes too long fails the test."""
        request: dict[str, object] = {
            "arguments": list(call.words),
            "environment": dict(call.environment),
            "directory": str(call.directory),
        }
        if call.at_terminal:
            return self._run_at_terminal(request, call.answers)
        streams = {name: str(self._streams / name) for name in ("stdout", "stderr")}
        self._ask({**request, "terminal": None, **streams})
        status = self._status()
        stdout, stderr = (Path(path).read_text("utf-8", "replace") for path in streams.values())
        return Result(status, stdout, stderr)

    def _run_at_terminal(self, request: Mapping[str, object], answers: Sequence[Answer]) -> Result:
        terminal = Terminal(answers)
        self._ask({**request, "terminal": terminal.name})
        try:
            terminal.converse(lambda: self._has_answered(0))
        finally:
            terminal.close()  # which ends a command that still waits there
            status = self._status()
        return Result(status, terminal.transcript, "", tuple(terminal.asked))

    def _ask(self, request: Mapping[str, object]) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()

    def _has_answered(self, within_seconds: float) -> bool:
        assert self._server.stdout is not None
        return bool(select.select([self._server.stdout], [], [], within_seconds)[0])

    def _status(self) -> int:
        assert self._server.stdout is not None
        if not self._has_answered(LONGEST_COMMAND_SECONDS):
            raise TimeoutError(f"{self.name} did not end")
        status: int = json.loads(self._server.stdout.readline())["status"]
        return status


class Started:
    """A program started afresh for each command. `entry` are the words that start it."""

    def __init__(self, entry: Sequence[str]) -> None:
        self._entry = list(entry)

    def run(self, call: Call) -> Result:
        """Carry it out, with nobody at a terminal; a command that takes too long fails the test."""
        done = subprocess.run(
            [*self._entry, *call.words],
            env=dict(call.environment),
            cwd=call.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=LONGEST_COMMAND_SECONDS,
        )
        stdout, stderr = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
        return Result(done.returncode, stdout, stderr)


def certbot(folder: Path) -> Forked:
    """The pinned Certbot; its output passes through files in the folder."""
    return Forked("certbot", requires("certbot").path.with_name("python"), folder)


def everseal(folder: Path) -> Forked:
    """The Everseal that is being developed; its output passes through files in the folder."""
    return Forked("everseal", Path(sys.executable), folder)
