from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from everseal.localca.ca import LocalCa
from everseal.localca.faults import Faults, Rule
from everseal.localca.hosts import HostTable
from everseal.localca.ledger import Ledger
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.model.clock import Clock
from everseal.model.keys import EcdsaKind
from everseal.model.private_key import PrivateKey
from everseal.system.clock import SystemRandom
from tests.localca.raw import MovableClock, RawClient, Responder

StartCa = Callable[..., CaServer]
Connect = Callable[..., RawClient]


@pytest.fixture(scope="session")
def ca_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority made once; every test gets a copy."""
    directory = tmp_path_factory.mktemp("ca-template") / "ca"
    LocalCa.create(str(directory), clock=MovableClock(), random=SystemRandom(), name="unit")
    Ledger(str(directory / "ca.sqlite")).close()
    return directory


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def ca(ca_template: Path, tmp_path: Path, clock: Clock) -> LocalCa:
    directory = tmp_path / "ca"
    shutil.copytree(ca_template, directory)
    return LocalCa.open(str(directory), clock=clock, random=SystemRandom())


@pytest.fixture
def responder() -> Iterator[Responder]:
    with Responder() as running:
        yield running


@pytest.fixture
def start_ca(ca: LocalCa, responder: Responder) -> Iterator[StartCa]:
    """Starts a CA in plain HTTP that finds names below .test at the responder, after stopping the last one.

    Keywords are CaSettings' members; ``rules`` are faults.  No error inside the server is tolerated.
    """
    started: list[CaServer] = []
    errors: list[Exception] = []

    def start(*rules: Rule, **members: Any) -> CaServer:
        usual = CaSettings(
            plain_http=True,
            http_port=responder.port,
            hosts=HostTable.parse(["*.test=127.0.0.1"]),
            retry_after=None,
            validation_timeout=5.0,
        )
        for earlier in started:
            earlier.stop()
        settings = replace(usual, **members)
        server = CaServer(ca, settings=settings, faults=Faults(rules), on_error=errors.append)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()
    assert errors == []


@pytest.fixture
def server(start_ca: StartCa) -> CaServer:
    return start_ca()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients, each with a key of its own unless one is given."""
    clients: list[RawClient] = []

    def make(server: CaServer, key: PrivateKey | None = None) -> RawClient:
        clients.append(RawClient(server.directory_url, key or PrivateKey.generate(EcdsaKind())))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(server: CaServer, connect: Connect) -> RawClient:
    return connect(server)


@pytest.fixture
def member(client: RawClient) -> RawClient:
    """A client with an account."""
    client.register()
    return client
