"""The built-in CA as the demo needs it: a name that resolves nowhere, and high ports."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from everseal.localca.ca import LocalCa
from everseal.localca.hosts import HostTable
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.model.frozen import dataclass
from everseal.system.clock import SystemClock, SystemRandom


@dataclass(frozen=True, slots=True)
class DemoCa:
    """Where the CA is, what to trust, and the port on which it looks for http-01 answers."""

    directory_url: str
    root_path: str
    http_port: int


@contextmanager
def running_ca(directory: str, names: Sequence[str]) -> Iterator[DemoCa]:
    """A CA on a free port of loopback that finds ``names`` there too."""
    http_port = _free_port()
    settings = CaSettings(http_port=http_port, hosts=HostTable.parse(f"{name}=127.0.0.1" for name in names))
    ca = LocalCa.open_or_create(directory, clock=SystemClock(), random=SystemRandom())
    with CaServer(ca, settings=settings) as server:
        yield DemoCa(server.directory_url, os.path.join(ca.directory, "root.pem"), http_port)


def _free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
