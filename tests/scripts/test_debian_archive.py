"""The machine's apt sources, of both formats and with other people's archives among them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(scope="module")
def archive() -> ModuleType:
    """The script's module; scripts are no package."""
    spec = importlib.util.spec_from_file_location("debian_archive", SCRIPTS / "debian_archive.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["debian_archive"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_one_line_sources(archive: ModuleType, etc: Path) -> None:
    (etc / "sources.list").write_text(
        "# deb http://commented.test/debian bookworm main\n"
        "deb-src http://mirror.test/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/k/s.gpg] http://mirror.test/debian-security bookworm-security main\n"
        "deb [signed-by=/k/debian.gpg] http://mirror.test/debian bookworm main contrib # ours\n"
    )
    found = archive.archive_of(archive.read_sources(etc))
    assert (found.uri, found.signed_by) == ("http://mirror.test/debian", "/k/debian.gpg")


def test_deb822_sources(archive: ModuleType, etc: Path) -> None:
    (etc / "sources.list.d" / "debian.sources").write_text(
        "Types: deb\n"
        "# a comment within\n"
        "URIs: http://mirror.test/debian\n"
        "Suites: trixie trixie-updates\n"
        "Components: main\n"
        "Signed-By: /k/debian.gpg\n"
        "\n"
        "Types: deb\n"
        "URIs: http://mirror.test/debian-security\n"
        "Suites: trixie-security\n"
        "Components: main\n"
    )
    found = archive.archive_of(archive.read_sources(etc))
    assert found.suites == ("trixie", "trixie-updates")
    stanza = archive.render_source(found, "sid").splitlines()
    assert stanza[:4] == ["Types: deb", "URIs: http://mirror.test/debian", "Suites: sid", "Components: main"]
    assert stanza[4].startswith("Signed-By: /k/debian.gpg")


def test_other_peoples_archives_are_passed_over(archive: ModuleType, etc: Path) -> None:
    (etc / "sources.list.d" / "a.list").write_text(
        "deb https://packages.example.test/debian/12/prod bookworm main\n"
        "deb https://deb.example.test/node_20.x nodistro main\n"
        "deb https://download.example.test/linux/debian bookworm stable\n"
        "deb https://apt.example.test/pub bookworm-pgdg main\n"
    )
    (etc / "sources.list.d" / "b.sources").write_text(
        "Types: deb deb-src\nURIs: http://mirror.test/debian/\nSuites: bookworm\nComponents: main\n"
    )
    assert archive.archive_of(archive.read_sources(etc)).uri == "http://mirror.test/debian/"


def test_a_stanza_that_is_switched_off_does_not_count(archive: ModuleType, etc: Path) -> None:
    (etc / "sources.list.d" / "debian.sources").write_text(
        "Enabled: no\nTypes: deb\nURIs: http://mirror.test/debian\nSuites: sid\nComponents: main\n"
    )
    assert archive.archive_of(archive.read_sources(etc)).uri == archive.ARCHIVE


def test_a_key_within_the_sources_is_carried_over(archive: ModuleType, etc: Path) -> None:
    (etc / "sources.list.d" / "debian.sources").write_text(
        "Types: deb\nURIs: http://mirror.test/debian\nSuites: sid\nComponents: main\nTrusted: yes\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END\n"
    )
    stanza = archive.render_source(archive.archive_of(archive.read_sources(etc)), "bookworm")
    assert "Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END" in stanza
    assert stanza.endswith("Trusted: yes\n")


def test_without_sources_it_is_debians_own(archive: ModuleType, etc: Path) -> None:
    assert archive.archive_of(archive.read_sources(etc)).uri == archive.ARCHIVE
