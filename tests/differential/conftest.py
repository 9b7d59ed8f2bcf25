"""One stage for each worker: the place, both programs, the authorities started as they are asked for."""

from collections.abc import Iterator

import pytest

from tests.differential.authorities import Authorities
from tests.differential.programs import certbot, everseal
from tests.differential.twins import Place, Stage
from tests.servers.ports import Ports


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Stage]:
    """Where scenarios are played."""
    authorities = Authorities(tmp_path_factory.mktemp("authorities"), ports)
    try:
        place = Place(tmp_path_factory.mktemp("place"))
        folders = (tmp_path_factory.mktemp("certbot"), tmp_path_factory.mktemp("everseal"))
        with certbot(folders[0]) as first, everseal(folders[1]) as second:
            yield Stage(place, authorities, first, second)
    finally:
        authorities.stop()
