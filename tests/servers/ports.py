"""Ports that belong to one test run, though several runs share the machine."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from types import TracebackType

# Below the range from which Linux takes ports for outgoing connections, so that none of them gets in the way
# between two servers on the same port; above the well-known ones.
_LOWEST, _HIGHEST = 11_000, 31_999


class Ports:
    """Reserves ports by locking a file for each; they are free again when the process ends or at `close`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.gettempdir()) / f"everseal-test-ports-{os.getuid()}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._locks: list[int] = []

    def reserve(self) -> int:
        """A port that nobody listens on, on either address family, and that no other run is given."""
        # Not the tests' seeded source: two workers with one seed would fight for the same ports.
        chance = random.SystemRandom()
        while True:
            port = chance.randint(_LOWEST, _HIGHEST)
            lock = os.open(self._folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            if _is_locked_by_us(lock) and is_free(port):
                self._locks.append(lock)
                return port
            os.close(lock)

    def close(self) -> None:
        """Give all ports back."""
        for lock in self._locks:
            os.close(lock)
        self._locks.clear()

    def __enter__(self) -> "Ports":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_locked_by_us(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, over TCP or UDP, on any address."""
    addresses = [(socket.AF_INET, "0.0.0.0")]
    if socket.has_dualstack_ipv6():
        addresses.append((socket.AF_INET6, "::"))
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    return all(_can_bind(family, kind, address, port) for family, address in addresses for kind in kinds)


def _can_bind(family: int, kind: int, address: str, port: int) -> bool:
    with socket.socket(family, kind) as probe:
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections do not count
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
