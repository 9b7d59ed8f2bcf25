"""One stage for each worker: the place, Certbot loaded, the authorities started as they are asked for."""

from collections.abc import Iterator

import pytest

from tests.differential.authorities import Authorities
from tests.differential.programs import Certbot
from tests.differential.twins import Place, Stage
from tests.servers.ports import Ports


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Stage]:
    """Where scenarios are played."""
    authorities = Authorities(tmp_path_factory.mktemp("authorities"), ports)
    try:
        with Certbot(tmp_path_factory.mktemp("certbot")) as certbot:
            yield Stage(Place(tmp_path_factory.mktemp("place")), certbot, authorities)
    finally:
        authorities.stop()
