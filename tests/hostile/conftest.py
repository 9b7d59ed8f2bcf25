"""The built-in CA turned against the installed command, in this process where nothing speaks against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from everseal.localca.ca import LocalCa
from everseal.localca.hosts import HostTable
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.system.clock import SystemClock, SystemRandom
from tests.cli.desk import Desk
from tests.hostile.siege import Siege
from tests.servers.ports import Ports


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Siege]:
    """One for all tests of a module; each has lineages of its own."""
    folder = tmp_path_factory.mktemp("siege")
    ca = LocalCa.create(str(folder / "ca"), clock=SystemClock(), random=SystemRandom())
    http_port = ports.reserve()
    settings = CaSettings(
        plain_http=True,
        http_port=http_port,
        hosts=HostTable.parse(["*.test=127.0.0.1"]),
        retry_after=None,
        validation_timeout=5.0,
        at_once=True,
    )
    with CaServer(ca, settings=settings) as server:
        desk = Desk(folder / "desk", server.directory_url, http_port)
        desk.register()
        yield Siege(server, desk, folder / "ca" / "root.pem", http_port)
