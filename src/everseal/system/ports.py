"""Which program listens on a TCP port, as far as this user may see (Linux ``/proc``)."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC = Path("/proc")
_LISTEN = "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]\Z")


def holder_of(port: int, *, proc: Path = PROC) -> str | None:
    """Such as ``nginx (process 812)``; None where nobody listens or the holder cannot be seen.

    Another user's processes can be seen by root alone.
    """
    inodes = set(_listening_inodes(port, proc))
    if not inodes:
        return None
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        if not inodes.isdisjoint(_socket_inodes(process)):
            return f"{_name_of(process)} (process {process.name})"
    return None


def _listening_inodes(port: int, proc: Path) -> Iterator[str]:
    """The fields of ``/proc/net/tcp`` are described in proc(5)."""
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (proc / "net" / table).read_text("ascii", "replace").splitlines()[1:]:
                fields = line.split()
                if len(fields) > 9 and fields[3] == _LISTEN and fields[1].endswith(f":{port:04X}"):
                    yield fields[9]


def _socket_inodes(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                if found := _SOCKET.match(str(descriptor.readlink())):
                    yield found[1]


def _name_of(process: Path) -> str:
    with suppress(OSError):
        name = (process / "comm").read_text("utf-8", "replace").strip()
        if name and name.isprintable():
            return name
    return "another program"
