"""Running other programs: a shell command as the operator wrote it, or an argument vector.

Output is captured and bounded, so that a program that prints for ever costs no memory.  The wait
is for the program itself: one that leaves a background process behind, which still holds its
output, is given a moment to finish writing and is then left to itself.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

SHELL = "/bin/sh"
KEPT_AT_EACH_END = 512 * 1024
_CHUNK = 64 * 1024
_SECONDS_FOR_STRAGGLERS = 1.0
_SECONDS_TO_START = 10.0
_SECONDS_TO_TIDY = 1.0
_SECONDS_TO_END = 3.0


class ProgramUnusable(OperatorError):
    """A program that cannot be started at all."""


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended.

    ``status`` is its exit status, or minus the number of the signal that ended it.  The output is
    decoded as UTF-8 with newlines normalised; of a very long one the first and the last half
    megabyte are kept.  ``timed_out`` tells that it was ended because it ran past its limit.
    """

    status: int
    stdout: str
    stderr: str
    timed_out: bool = False


class ShellRunner(Protocol):
    """What runs an operator's command line; :func:`run_shell` is the real one."""

    def __call__(self, command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
        """Run ``command`` with exactly ``env`` and wait for it."""


def run_shell(command: str, env: Mapping[str, str], *, limit: float | None = None) -> Completed:
    """Hand ``command`` unchanged to ``/bin/sh -c`` and wait for the shell.

    Working directory and standard input are the caller's.  ``limit`` is in seconds.
    Raises ProgramUnusable when there is no shell or the environment is too large.
    """
    return _run([SHELL, "-c", command], env, stdin=None, limit=limit)


def run_argv(
    argv: Sequence[str], env: Mapping[str, str], *, stdin: bytes = b"", limit: float | None = None
) -> Completed:
    """Run a program without a shell, with ``stdin`` as its whole input; raises ProgramUnusable."""
    import tempfile

    with tempfile.TemporaryFile() as source:  # unlike a pipe, a file needs nobody to feed it
        source.write(stdin)
        source.seek(0)
        return _run(list(argv), env, stdin=source, limit=limit)


def _run(
    argv: list[str], env: Mapping[str, str], *, stdin: IO[bytes] | None, limit: float | None
) -> Completed:
    stdout, stderr = _Capture(), _Capture()
    launch = _Launch(argv, dict(env), stdin, (stdout, stderr), own_group=limit is not None)
    try:
        process = launch.process()
        timed_out = _wait(process, limit)
    except BaseException:
        launch.call_off()
        raise
    deadline = time.monotonic() + _SECONDS_FOR_STRAGGLERS
    return Completed(process.returncode, stdout.text(deadline), stderr.text(deadline), timed_out)


def _wait(process: subprocess.Popen[bytes], limit: float | None) -> bool:
    """True when the program had to be ended at its limit."""
    if _ends_within(process, limit):
        return False
    _end_group(process)
    return True


class _Launch(threading.Thread):
    """Starts a program, and who reads its output, on a thread of its own.

    Signal handlers run in the main thread alone, so what they raise cannot come between the start of
    the program and our knowing of it: an interrupted run never leaves one behind, nor a reader half
    started, for many a program's first act is to signal us.  With a group of
    its own a program can be ended together with its children, but has no terminal.
    """

    def __init__(
        self,
        argv: list[str],
        env: dict[str, str],
        stdin: IO[bytes] | None,
        outputs: tuple[_Capture, _Capture],
        *,
        own_group: bool,
    ) -> None:
        super().__init__(name="launch", daemon=True)
        self._argv = argv
        self._env = env
        self._stdin = stdin
        self._outputs = outputs
        self._own_group = own_group
        self._process: subprocess.Popen[bytes] | None = None
        self._error: Exception | None = None
        self._settled = threading.Event()

    def run(self) -> None:
        stdout, stderr = self._outputs
        try:
            import subprocess

            self._process = subprocess.Popen(
                self._argv,
                env=self._env,
                stdin=self._stdin,
                stdout=stdout.entrance,
                stderr=stderr.entrance,
                start_new_session=self._own_group,
            )
        except (OSError, ValueError) as error:
            self._error = error
        finally:
            try:
                stdout.begin()
                stderr.begin()
            finally:
                self._settled.set()

    def process(self) -> subprocess.Popen[bytes]:
        """The program, once it runs; raises ProgramUnusable."""
        try:
            self.start()
            self._settled.wait()
        except RuntimeError as error:  # no more threads
            for each in self._outputs:
                each.close()
            raise _unusable(self._argv[0], error) from error
        except BaseException:
            self._settled.wait(_SECONDS_TO_START)
            raise
        if self._process is None:
            raise _unusable(self._argv[0], self._error) from self._error
        return self._process

    def call_off(self) -> None:
        """End the program after an interruption.

        Ctrl-C in a terminal reaches it by itself, so it is given a moment to tidy up.
        """
        process = self._process
        if process is None or _ends_within(process, _SECONDS_TO_TIDY):
            return
        if self._own_group:
            _end_group(process)
            return
        process.terminate()
        if not _ends_within(process, _SECONDS_TO_END):
            process.kill()
            process.wait()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the program and its children to end, then insist."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    _ends_within(process, _SECONDS_TO_END)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ends_within(process: subprocess.Popen[bytes], seconds: float | None) -> bool:
    from subprocess import TimeoutExpired

    with suppress(TimeoutExpired):
        process.wait(seconds)
        return True
    return False


def _unusable(program: str, error: Exception | None) -> ProgramUnusable:
    match error.errno if isinstance(error, OSError) else None:
        case errno.ENOENT:
            why, remedy = "there is no such program", "install it, or give its whole path"
        case errno.EACCES:
            why, remedy = "it may not be executed", f"make it executable: chmod +x {program}"
        case errno.E2BIG:
            why, remedy = "its arguments or its environment are too long", "shorten the command"
        case None:
            why, remedy = str(error), "take NUL characters out of the command, or see why threads run out"
        case _:
            why, remedy = str(error), "see whether it runs by hand"
    return ProgramUnusable(f"Could not run {program}: {why}", remedy=remedy)


class _Capture:
    """A pipe that is read to its end on a thread of its own; both ends of what came are kept.

    The thread reads on even when nobody waits any more, so that a background process which still
    writes is neither blocked nor killed while this process lives.
    """

    def __init__(self) -> None:
        self._exit, self.entrance = os.pipe()
        self._lock = threading.Lock()
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0
        self._thread = threading.Thread(target=self._read, name="output", daemon=True)

    def begin(self) -> None:
        """Read, now that a program has the entrance (or nobody, and the end comes at once)."""
        os.close(self.entrance)
        self._thread.start()

    def close(self) -> None:
        """Nobody will write, and nobody reads."""
        os.close(self.entrance)
        os.close(self._exit)

    def text(self, deadline: float) -> str:
        """What came until the end, or until ``deadline`` on the monotonic clock."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            middle = b"\n[... %d bytes left out ...]\n" % self._left_out if self._left_out else b""
            data = bytes(self._head) + middle + bytes(self._tail)
        return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")

    def _read(self) -> None:
        try:
            while chunk := os.read(self._exit, _CHUNK):
                self._keep(chunk)
        finally:
            os.close(self._exit)

    def _keep(self, chunk: bytes) -> None:
        with self._lock:
            room = KEPT_AT_EACH_END - len(self._head)
            self._head += chunk[:room]
            self._tail += chunk[room:]
            surplus = len(self._tail) - KEPT_AT_EACH_END
            if surplus > 0:
                del self._tail[:surplus]
                self._left_out += surplus
