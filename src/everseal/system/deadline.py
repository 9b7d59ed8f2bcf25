"""Sockets read until an instant: a peer that drips bytes cannot stretch a time limit."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer


class DeadlineReader(io.RawIOBase):
    """Reads a socket until the deadline, then raises TimeoutError; closing it leaves the socket open."""

    def __init__(self, connection: socket.socket, *, seconds: float = 0.0) -> None:
        super().__init__()
        self._connection = connection
        self.allow(seconds)

    def allow(self, seconds: float) -> None:
        """Set the deadline to ``seconds`` from now."""
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)
