"""The command line against the built-in CA, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from everseal.localca.ca import LocalCa
from everseal.localca.hosts import HostTable
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.system.clock import SystemClock, SystemRandom
from tests.cli.desk import Desk
from tests.servers.ports import Ports

MakeDesk = Callable[..., Desk]


def _serve(folder: Path, http_port: int, **members: Any) -> CaServer:
    ca = LocalCa.create(str(folder), clock=SystemClock(), random=SystemRandom())
    hosts = HostTable.parse(["*.test=127.0.0.1"])
    settings = CaSettings(
        plain_http=True, http_port=http_port, hosts=hosts, retry_after=None, validation_timeout=5.0, **members
    )
    return CaServer(ca, settings=settings)


@pytest.fixture(scope="session")
def http_port(ports: Ports) -> int:
    """Where the CAs look for answers."""
    return ports.reserve()


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory, http_port: int) -> Iterator[CaServer]:
    """One for all tests; each has accounts of its own there."""
    with _serve(tmp_path_factory.mktemp("ca") / "ca", http_port) as server:
        yield server


@pytest.fixture
def desk(ca: CaServer, http_port: int, tmp_path: Path) -> Desk:
    return Desk(tmp_path, ca.directory_url, http_port)


@pytest.fixture
def desk_at(tmp_path: Path, http_port: int) -> Iterator[MakeDesk]:
    """Makes a desk before a CA with settings of the test's own."""
    started: list[CaServer] = []

    def make(**members: Any) -> Desk:
        server = _serve(tmp_path / f"ca{len(started)}", http_port, **members)
        server.start()
        started.append(server)
        return Desk(tmp_path, server.directory_url, http_port)

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def failing(desk: Desk, tmp_path: Path) -> Desk:
    """Has a lineage past its end that no web server answers for."""
    desk.register()
    (tmp_path / "www").mkdir()
    desk.keep("late.test", days=-1)
    conf = desk.config / "renewal/late.test.conf"
    text = conf.read_text("utf-8").replace("standalone", "webroot") + f"webroot_path = {tmp_path}/www,\n"
    conf.write_text(text, encoding="utf-8")
    return desk
