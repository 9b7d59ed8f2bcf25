"""The programs that are struck, each by its own Python.

Each is run as its command, or loaded once and forked for every run: the same code without its loading, which
takes longer than most of what it does.  A test compares what both change.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tests.differential.fork_server import exit_status, load_certbot, load_everseal

ProgramName = Literal["everseal", "certbot"]
Become = Callable[[], None]
_LOADERS: Final = {"everseal": load_everseal, "certbot": load_certbot}


@dataclass(frozen=True, slots=True)
class Program:
    """A program; ``main`` is there when it is loaded."""

    name: ProgramName
    main: Callable[[], object] | None = None

    @property
    def command(self) -> str:
        """Beside the Python that this runs in."""
        return os.path.join(os.path.dirname(sys.executable), self.name)

    def with_words(self, words: Sequence[str], environment: Mapping[str, str]) -> Become:
        """What turns a new process into a run of it."""
        arguments = [self.command, *words]
        if self.main is None:
            return lambda: os.execve(self.command, arguments, dict(environment))
        main = self.main
        return lambda: _carry_out(main, arguments, environment)


def load(name: ProgramName) -> Program:
    """Load a program into this process."""
    main = _LOADERS[name]()
    gc.freeze()
    return Program(name, main)


def _carry_out(main: Callable[[], object], arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """As the interpreter does it, but for its own end."""
    os.environ.clear()
    os.environ.update(environment)
    # New objects, for the old ones remember what they were.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1)
    sys.argv = list(arguments)
    status = exit_status(main)
    vars(atexit)["_run_exitfuncs"]()
    sys.stdout.flush()
    os._exit(status)
