from __future__ import annotations

from pathlib import Path

import pytest

from everseal.manager import Manager
from everseal.model.certificate import CertificateFacts
from everseal.model.lineage import Lineage
from everseal.reports.certificates import Blemish
from everseal.wiring.listing import listing
from tests.cli.desk import Desk

STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"


@pytest.mark.parametrize(
    ("days", "server", "blemishes"),
    [
        (90, "", ("REVOKED",)),
        (90, STAGING, ("TEST_CERT", "REVOKED")),
        (-1, "", ("EXPIRED",)),
        (-1, STAGING, ("TEST_CERT", "EXPIRED")),
    ],
)
def test_what_is_revoked_and_who_is_asked(
    tmp_path: Path, days: int, server: str, blemishes: tuple[Blemish, ...]
) -> None:
    Desk(tmp_path, "https://ca.example/directory", 0).keep("x.test", days=days, server=server)
    asked: list[str] = []

    def is_revoked(lineage: Lineage, facts: CertificateFacts) -> bool:
        asked.append(lineage.name.value)
        return True

    house = Manager.open(config_dir=str(tmp_path / "config")).house
    [found] = listing(house, name=None, identifiers=(), is_revoked=is_revoked).sound
    assert found.blemishes == blemishes
    assert asked == (["x.test"] if "REVOKED" in blemishes else [])
