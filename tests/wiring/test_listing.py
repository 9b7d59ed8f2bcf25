from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from everseal.model.names import CertificateName
from everseal.reports.certificates import Blemish
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
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
    Desk(tmp_path, "https://ca.example/directory", 0).keep(
        "x.test", days=days, server=server, ocsp_url="http://x/"
    )
    asked: list[str] = []

    def is_revoked(name: CertificateName, version: int) -> bool:
        asked.append(name.value)
        return True

    store = CertbotStore(str(tmp_path / "config"), clock=SystemClock())
    [found] = listing(store, now=datetime.now(UTC), name=None, identifiers=(), is_revoked=is_revoked).sound
    assert found.blemishes == blemishes
    assert asked == (["x.test"] if "REVOKED" in blemishes else [])


class TestMemory:
    """A verdict is remembered under the stats of what it rests on, and for no longer."""

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        desk = Desk(tmp_path, "https://ca.example/directory", 0)
        for name in ("a.test", "b.test"):
            desk.keep(name)
        long_ago = datetime.now(UTC) + timedelta(seconds=5)
        assert found(desk, now=long_ago) == ["a.test", "b.test"]
        return desk

    def test_what_is_as_it_was_is_not_read_again(self, desk: Desk) -> None:
        memory = desk.config / ".everseal" / "verdicts.json"
        content = json.loads(memory.read_text())
        content["verdicts"]["a.test"]["listed"]["name"] = "from memory"
        memory.write_text(json.dumps(content))
        assert found(desk) == ["from memory", "b.test"]

    @pytest.mark.parametrize("file", ["archive/a.test/cert1.pem", "archive/a.test/privkey1.pem"])
    def test_a_changed_file_is_noticed(self, desk: Desk, file: str) -> None:
        path = desk.config / file
        path.write_bytes(path.read_bytes()[::-1])
        assert found(desk) == ["b.test"]

    def test_a_moved_link_is_noticed(self, desk: Desk) -> None:
        link = desk.config / "live" / "a.test" / "cert.pem"
        link.unlink()
        link.symlink_to("../../archive/b.test/cert1.pem")
        assert found(desk) == ["b.test"]

    def test_a_deleted_lineage_is_forgotten(self, desk: Desk) -> None:
        desk.succeed("delete", "--cert-name", "a.test")
        assert found(desk) == ["b.test"]

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "[]",
            "{",
            '{"version": 2}',
            '{"version": 1, "verdicts": 3}',
            '{"version": 1, "verdicts": {"a.test": 3}}',
            '{"version": 1, "verdicts": {"a.test": {"paths": [], "stamp": [], "listed": {"serial": 1}}}}',
        ],
    )
    def test_a_spoiled_memory_does_no_harm(self, desk: Desk, content: str) -> None:
        (desk.config / ".everseal" / "verdicts.json").write_text(content)
        assert found(desk) == ["a.test", "b.test"]

    def test_what_has_just_changed_is_not_trusted(self, desk: Desk) -> None:
        desk.keep("c.test")
        found(desk, now=datetime.now(UTC))
        kept = json.loads((desk.config / ".everseal" / "verdicts.json").read_text())["verdicts"]
        assert set(kept) == {"a.test", "b.test"}


def found(desk: Desk, now: datetime | None = None) -> list[str]:
    store = CertbotStore(str(desk.config), clock=SystemClock())
    moment = now or datetime.now(UTC)
    listed = listing(store, now=moment, name=None, identifiers=(), is_revoked=lambda _name, _version: False)
    return [each.name for each in listed.sound]
