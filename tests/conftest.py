"""What all tests share: the servers, and the rule that nothing is skipped where it counts."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from everseal.localca.ca import LocalCa
from everseal.localca.ledger import Ledger
from everseal.system.clock import SystemClock, SystemRandom
from tests.servers.built_in import CaMaker
from tests.servers.pebble import Generation, Pebble, PebbleSettings
from tests.servers.ports import Ports
from tests.servers.proxy import RecordingProxy

# No time limit for an example: machines that share two cores are slow at times, which is no defect.
hypothesis_settings.register_profile("everseal", deadline=None)
hypothesis_settings.load_profile("everseal")

TIERS = frozenset({"soak", "crash"})

StartPebble = Callable[[Generation, PebbleSettings], Pebble]
StartProxy = Callable[[Pebble], RecordingProxy]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a long tier carry its name as a marker."""
    for item in items:
        for tier in TIERS & set(item.path.parts):
            item.add_marker(tier)


@pytest.fixture(scope="session")
def ports() -> Iterator[Ports]:
    """Reserves ports for this run: `ports.reserve()`."""
    with Ports() as ports:
        yield ports


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority made once; every test gets a copy."""
    directory = tmp_path_factory.mktemp("authority") / "ca"
    LocalCa.create(str(directory), clock=SystemClock(), random=SystemRandom())
    Ledger(str(directory / "ca.sqlite")).close()
    return directory


@pytest.fixture
def make_ca(authority: Path, tmp_path: Path, ports: Ports) -> Iterator[CaMaker]:
    maker = CaMaker(authority, tmp_path, ports, [])
    yield maker
    maker.stop()


@pytest.fixture(scope="session")
def pebble_old(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Pebble]:
    """Debian 12's pebble, without ARI, profiles and Retry-After."""
    pebble = Pebble("old", tmp_path_factory.mktemp("pebble-old"), ports)
    yield pebble
    pebble.stop()


@pytest.fixture(scope="session")
def pebble_new(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Pebble]:
    """The newest pebble that Debian ships."""
    pebble = Pebble("new", tmp_path_factory.mktemp("pebble-new"), ports)
    yield pebble
    pebble.stop()


@pytest.fixture(params=["old", "new"])
def pebble(request: pytest.FixtureRequest) -> Pebble:
    """Both, one after the other."""
    pebble: Pebble = request.getfixturevalue(f"pebble_{request.param}")
    return pebble


@pytest.fixture
def start_pebble(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[StartPebble]:
    """Starts a pebble with settings of the test's own; it is stopped at the end of the test."""
    started: list[Pebble] = []

    def start(generation: Generation, settings: PebbleSettings) -> Pebble:
        started.append(Pebble(generation, tmp_path_factory.mktemp("pebble"), ports, settings))
        return started[-1]

    yield start
    for pebble in started:
        pebble.stop()


@pytest.fixture
def recording_proxy(tmp_path: Path) -> Iterator[StartProxy]:
    """Starts a proxy before a pebble that writes down what passes; stopped at the end of the test."""
    started: list[RecordingProxy] = []

    def start(pebble: Pebble) -> RecordingProxy:
        started.append(RecordingProxy(pebble.directory_url, pebble.ca_bundle, tmp_path / "proxy"))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop()
