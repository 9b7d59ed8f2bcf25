"""Watches what this process does to files, processes and the network while a block runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Audit events of what changes something outside (Python's table of audit events).
_WRITES = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.symlink",
        "os.truncate",
        "os.utime",
        "shutil.rmtree",
    }
)
_FORBIDDEN = frozenset(
    {"os.exec", "os.fork", "os.posix_spawn", "os.system", "socket.bind", "socket.connect", "subprocess.Popen"}
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Audit:
    """``effects`` are those outside ``allowed``; the hook stays for good, and sleeps between blocks."""

    def __init__(self) -> None:
        self.effects: list[str] = []
        self._allowed = ""
        self._is_awake = False
        sys.addaudithook(self._notice)

    @contextmanager
    def watching(self, allowed: str) -> Iterator[None]:
        self._allowed = allowed
        self._is_awake = True
        try:
            yield
        finally:
            self._is_awake = False

    def _notice(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._is_awake:
            return
        if event in _FORBIDDEN:
            self.effects.append(f"{event} {arguments!r}")
        elif event in _WRITES or (event == "open" and _is_writing(arguments)):
            self.effects += [f"{event} {path}" for path in _paths(arguments) if not self._is_allowed(path)]

    def _is_allowed(self, path: str) -> bool:
        return os.path.abspath(path).startswith(self._allowed + os.sep)


def _is_writing(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & _WRITING)


def _paths(arguments: tuple[Any, ...]) -> list[str]:
    return [
        os.fsdecode(each)
        for each in arguments[:2]
        if isinstance(each, str | bytes) and each not in ("r", "w")
    ]
