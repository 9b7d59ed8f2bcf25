"""The command and the library against the built-in CA, with its faults, and against both pebbles."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from everseal.localca.ca import LocalCa
from everseal.localca.hosts import HostTable
from everseal.localca.ledger import Ledger
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.system.clock import SystemClock, SystemRandom
from everseal.system.resolver import NameServer
from tests.e2e.home import Home
from tests.e2e.records import RecordFolder
from tests.servers.ports import Ports


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """The built-in CA, its server with ledger and faults, and the DNS it asks."""

    server: CaServer
    ca_bundle: Path
    http_port: int
    tls_port: int
    records: RecordFolder

    @property
    def directory_url(self) -> str:
        return self.server.directory_url


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority made once; every test gets a copy."""
    directory = tmp_path_factory.mktemp("authority") / "ca"
    LocalCa.create(str(directory), clock=SystemClock(), random=SystemRandom())
    Ledger(str(directory / "ca.sqlite")).close()
    return directory


@dataclass(frozen=True, slots=True)
class CaMaker:
    """Makes built-in CAs in a test's own folder."""

    authority: Path
    folder: Path
    ports: Ports
    started: list[BuiltIn]

    def __call__(self, **members: Any) -> BuiltIn:
        """``members`` are CaSettings'."""
        directory = self.folder / f"ca{len(self.started)}"
        shutil.copytree(self.authority, directory)
        records = RecordFolder(self.folder / f"dns{len(self.started)}")
        records.start()
        http_port, tls_port = self.ports.reserve(), self.ports.reserve()
        usual = CaSettings(
            http_port=http_port,
            tls_port=tls_port,
            hosts=HostTable.parse(["*.test=127.0.0.1"]),
            name_servers=(NameServer("127.0.0.1", records.port),),
            retry_after=None,
        )
        ca = LocalCa.open(str(directory), clock=SystemClock(), random=SystemRandom())
        server = CaServer(ca, settings=replace(usual, **members))
        server.start()
        self.started.append(BuiltIn(server, directory / "root.pem", http_port, tls_port, records))
        return self.started[-1]

    def stop(self) -> None:
        for each in self.started:
            each.server.stop()
            each.records.stop()


@pytest.fixture
def make_ca(authority: Path, tmp_path: Path, ports: Ports) -> Iterator[CaMaker]:
    maker = CaMaker(authority, tmp_path, ports, [])
    yield maker
    maker.stop()


@pytest.fixture
def ca(make_ca: CaMaker) -> BuiltIn:
    return make_ca()


@pytest.fixture
def home(tmp_path: Path, ca: BuiltIn) -> Home:
    """An operator who uses the built-in CA."""
    return Home(tmp_path / "home", ca)
