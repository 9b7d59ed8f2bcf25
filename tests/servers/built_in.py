"""The built-in CA in the tests' own process, with its faults, its ledger and the DNS that it asks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from everseal.localca.ca import LocalCa
from everseal.localca.hosts import HostTable
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.system.clock import SystemClock, SystemRandom
from everseal.system.resolver import NameServer
from tests.servers.ports import Ports
from tests.servers.records import RecordFolder


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
