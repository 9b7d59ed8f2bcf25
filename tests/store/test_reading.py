"""Trees that Certbot, or somebody's hand, left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from everseal.model.errors import LineageBroken, StoreUnusable
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName, DnsName
from everseal.store.certbot_dir.store import CertbotStore
from tests.store.minting import Minted, StillClock, mint
from tests.store.trees import conf_text, make_tree, snapshot

NAME = CertificateName("example.org")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "letsencrypt"


@pytest.fixture
def store(config: Path) -> CertbotStore:
    return CertbotStore(str(config), clock=StillClock())


def two_versions() -> list[Minted]:
    return [mint("example.org"), mint("example.org", "www.example.org")]


def test_an_empty_place_has_no_lineages(store: CertbotStore, config: Path) -> None:
    assert store.names() == ()
    assert store.load_all() == []
    assert not config.exists()


def test_a_tree_of_certbots(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    before = snapshot(config)
    lineage = store.load(NAME)
    assert (lineage.live, lineage.versions, lineage.latest) == (2, (1, 2), 2)
    assert lineage.certificate.identifiers == (DnsName("example.org"), DnsName("www.example.org"))
    assert lineage.parameters["webroot_path"] == ("/var/www/a",)
    assert lineage.parameters["webroot_map"] == {"example.org": "/var/www/a"}
    assert lineage.sections == {"somebody_else": {"kept": "yes"}}
    assert lineage.header["version"] == "2.1.0"
    assert snapshot(config) == before


def test_an_archive_ahead_of_the_links(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions(), live=1)
    lineage = store.load(NAME)
    assert (lineage.live, lineage.latest) == (1, 2)
    assert len(lineage.certificate.identifiers) == 2
    assert store.relink(NAME, 2).live == 2


def test_half_versions_do_not_count(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    archive = config / "archive" / "example.org"
    (archive / "privkey3.pem").write_bytes(b"a key of an order that failed")
    (archive / "notes.txt").write_bytes(b"mine")
    lineage = store.load(NAME)
    assert lineage.versions == (1, 2)
    committed = commit(store, mint("example.org"))
    assert committed.live == 4


def test_links_with_absolute_targets(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    for kind in ("cert", "privkey", "chain", "fullchain"):
        link = config / "live" / "example.org" / f"{kind}.pem"
        link.unlink()
        link.symlink_to(config / "archive" / "example.org" / f"{kind}1.pem")
    assert store.load(NAME).live == 1


def test_relative_paths_count_from_the_configuration_directory(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    conf = config / "renewal" / "example.org.conf"
    conf.write_text(conf.read_text().replace(f"{config}/", ""))
    lineage = store.load(NAME)
    assert lineage.live == 2
    assert lineage.live_dir == str(config / "live" / "example.org")


def test_a_renewal_file_without_an_archive_directory(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    conf = config / "renewal" / "example.org.conf"
    lines = [line for line in conf.read_text().splitlines() if not line.startswith("archive_dir")]
    conf.write_text("\n".join(lines))
    assert store.load(NAME).archive_dir == str(config / "archive" / "example.org")


def test_live_and_archive_reached_through_links(store: CertbotStore, config: Path, tmp_path: Path) -> None:
    make_tree(config, "example.org", two_versions())
    for root in ("live", "archive"):
        shutil.move(config / root, tmp_path / f"moved-{root}")
        (config / root).symlink_to(tmp_path / f"moved-{root}")
    for kind in ("cert", "privkey", "chain", "fullchain"):
        link = config / "live" / "example.org" / f"{kind}.pem"
        link.unlink()
        link.symlink_to(config / "archive" / "example.org" / f"{kind}2.pem")
    assert store.load(NAME).live == 2
    assert commit(store, mint("example.org")).live == 3
    assert (config / "live" / "example.org" / "cert.pem").exists()


def test_a_renamed_renewal_file(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    (config / "renewal" / "example.org.conf").rename(config / "renewal" / "shop.conf")
    lineage = store.load(CertificateName("shop"))
    assert lineage.live_dir == str(config / "live" / "example.org")


def test_files_that_are_no_renewal_files(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    for stray in ("example.org.conf.new", ".hidden.conf", "README", "example.org.conf~"):
        (config / "renewal" / stray).write_text("")
    assert store.names() == (NAME,)


Damage = Callable[[Path], object]


def _lose_key_in_conf(config: Path) -> None:
    conf = config / "renewal" / "example.org.conf"
    lines = conf.read_text().splitlines()
    conf.write_text("\n".join(line for line in lines if not line.startswith("privkey")))


def _copy_over_links(config: Path) -> None:
    for link in (config / "live" / "example.org").glob("*.pem"):
        data = link.read_bytes()
        link.unlink()
        link.write_bytes(data)


def _point_elsewhere(config: Path) -> None:
    link = config / "live" / "example.org" / "cert.pem"
    (config / "cert1.pem").write_bytes(link.read_bytes())
    link.unlink()
    link.symlink_to("../../cert1.pem")


def _mix(config: Path) -> None:
    link = config / "live" / "example.org" / "privkey.pem"
    link.unlink()
    link.symlink_to("../../archive/example.org/privkey1.pem")


def _cross(config: Path) -> None:
    link = config / "live" / "example.org" / "cert.pem"
    link.unlink()
    link.symlink_to("../../archive/example.org/fullchain2.pem")


def _link_to_nowhere(config: Path) -> None:
    conf = config / "renewal" / "example.org.conf"
    conf.unlink()
    conf.symlink_to("../example.org.conf")


DAMAGES: dict[str, tuple[Damage, str]] = {
    "empty conf": (lambda c: (c / "renewal/example.org.conf").write_text(""), "does not say where cert is"),
    "no INI": (lambda c: (c / "renewal/example.org.conf").write_text("gibberish"), "example.org.conf"),
    "bytes": (lambda c: (c / "renewal/example.org.conf").write_bytes(b"\xff\xfe"), "UTF-8"),
    "a link to nowhere": (_link_to_nowhere, "is a link to ../example.org.conf, which is not there"),
    "a path missing": (_lose_key_in_conf, "does not say where privkey is"),
    "files for links": (_copy_over_links, "is a file and not a symbolic link"),
    "a link missing": (lambda c: (c / "live/example.org/chain.pem").unlink(), "is missing"),
    "no live": (lambda c: shutil.rmtree(c / "live"), "is missing"),
    "target missing": (lambda c: (c / "archive/example.org/cert2.pem").unlink(), "is not there"),
    "archive missing": (lambda c: shutil.rmtree(c / "archive"), "is not there"),
    "elsewhere": (_point_elsewhere, "is not in"),
    "mixed": (_mix, "different versions"),
    "crossed": (_cross, "no cert file"),
    "no certificate": (lambda c: (c / "archive/example.org/cert2.pem").write_text("x"), "cert2.pem"),
    "empty certificate": (lambda c: (c / "archive/example.org/cert2.pem").write_text(""), "cert2.pem"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_lineage_is_told_and_hides_no_other(store: CertbotStore, config: Path, damage: str) -> None:
    make_tree(config, "example.org", two_versions())
    if damage not in {"no live", "archive missing"}:
        make_tree(config, "sound.example", [mint("sound.example")])
    do, sentence = DAMAGES[damage]
    do(config)
    with pytest.raises(LineageBroken) as caught:
        store.load(NAME)
    assert sentence in caught.value.message
    assert caught.value.remedy
    found = store.load_all()
    assert [one.name for one in found if isinstance(one, Damaged)] == [NAME]
    assert all(one.name == CertificateName("sound.example") for one in found if isinstance(one, Lineage))


def test_a_place_that_is_no_directory_is_one_sentence(store: CertbotStore, config: Path) -> None:
    config.write_text("a file")
    for attempt in (store.names, store.run_lock, lambda: store.lock(NAME, wait=0)):
        with pytest.raises(StoreUnusable) as caught:
            attempt()
        assert str(config) in caught.value.message
    assert config.read_text() == "a file"


def test_listing_loads_no_cryptography(config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    program = (
        "import sys\n"
        "from everseal.store.certbot_dir.store import CertbotStore\n"
        "from everseal.system.clock import SystemClock\n"
        f"[found] = CertbotStore({str(config)!r}, clock=SystemClock()).load_all()\n"
        "assert found.live == 2, found\n"
        "heavy = {'ssl', 'cryptography', 'urllib3', 'dns', 'asyncio', 'logging', 'shutil', 'ctypes'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_an_unknown_section_survives_a_renewal(store: CertbotStore, config: Path) -> None:
    make_tree(config, "example.org", two_versions())
    conf = config / "renewal" / "example.org.conf"
    conf.chmod(0o640)
    commit(store, mint("example.org"))
    text = conf.read_text()
    assert text.startswith("# renew_before_expiry = 30 days\nversion = 5.8.0\narchive_dir = ")
    assert "# Options used in the renewal process\n[renewalparams]\n" in text
    assert "[somebody_else]\nkept = yes\n" in text
    assert "authenticator = manual\n" in text
    assert "webroot" not in text
    assert os.stat(conf).st_mode & 0o777 == 0o640


def test_the_renewal_file_of_a_new_lineage(store: CertbotStore, config: Path) -> None:
    with store.run_lock(), store.lock(NAME, wait=0):
        store.commit(
            NAME,
            mint("example.org").version(),
            parameters={
                "authenticator": "webroot",
                "webroot_path": ("/a",),
                "webroot_map": {"example.org": "/a"},
            },
            sections={},
            new=True,
        )
    expected = conf_text(config, "example.org", level="5.8.0").split("\n", 1)[1].split("\n\n")[0]
    text = (config / "renewal" / "example.org.conf").read_text()
    assert text == (
        f"{expected}\n[renewalparams]\nauthenticator = webroot\nwebroot_path = /a,\n"
        "[[webroot_map]]\nexample.org = /a\n"
    )


def commit(store: CertbotStore, minted: Minted) -> Lineage:
    with store.run_lock(), store.lock(NAME, wait=0):
        return store.commit(
            NAME, minted.version(), parameters={"authenticator": "manual"}, sections={}, new=False
        )
