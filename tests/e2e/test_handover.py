"""One directory, two programs: what Certbot made Everseal renews, and Certbot again after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import StartPebble
from tests.e2e.home import COMMAND, Done, Home, finished
from tests.servers.pebble import FOR_CERTBOT, Generation
from tests.servers.programs import requires

NAME = "shared.example"
LOG_LINE = "Saving debug log to "
GENERATIONS: tuple[Generation, ...] = ("old", "new")


def certbot(home: Home, verb: str, *words: str) -> Done:
    """Certbot with the same directories; it takes its trust from the environment."""
    places = [f"--{kind}-dir={home.folder / kind}" for kind in ("config", "work", "logs")]
    command: list[str | Path] = [requires("certbot").path, verb, "-n", *places, *words]
    trust = {"REQUESTS_CA_BUNDLE": str(home.ca.ca_bundle), "PYTHONWARNINGS": "default"}
    return finished(command, trust)


def everseal(home: Home, verb: str, *words: str) -> Done:
    """Everseal with no more than the directories: the rest is in the renewal file."""
    places = [f"--{kind}-dir={home.folder / kind}" for kind in ("config", "work", "logs")]
    command: list[str | Path] = [COMMAND, verb, "-n", *places, *words]
    return finished(command, {"REQUESTS_CA_BUNDLE": str(home.ca.ca_bundle)})


def content(done: Done) -> str:
    """Standard output of a run that ended well and complained of nothing."""
    assert done.status == 0, f"{done.out}\n{done.err}"
    assert [line for line in done.err.splitlines() if not line.startswith(LOG_LINE)] == []
    return done.out


@pytest.mark.parametrize("generation", GENERATIONS)
def test_certbot_everseal_certbot_everseal(
    start_pebble: StartPebble, tmp_path: Path, generation: Generation
) -> None:
    pebble = start_pebble(generation, FOR_CERTBOT)
    home = Home(tmp_path / "home", pebble)
    content(
        certbot(
            home,
            "certonly",
            *("--standalone", f"--http-01-port={pebble.http_port}", f"--server={pebble.directory_url}"),
            *("--agree-tos", "--register-unsafely-without-email", "-d", NAME, "-d", f"www.{NAME}"),
        )
    )
    assert home.versions(NAME) == [1]
    made = (home.config / "renewal" / f"{NAME}.conf").read_text()

    content(everseal(home, "renew", "--force-renewal"))
    assert home.version(NAME) == 2
    settings = (home.config / "renewal" / f"{NAME}.conf").read_text()
    assert set(made.splitlines()) <= set(settings.splitlines())

    content(certbot(home, "renew", "--force-renewal", "--no-random-sleep-on-renew"))
    assert home.version(NAME) == 3
    assert home.versions(NAME) == [1, 2, 3]
    assert home.names(NAME) == [NAME, f"www.{NAME}"]
    assert len(home.accounts()) == 1

    listing = content(certbot(home, "certificates"))
    assert f"Certificate Name: {NAME}" in listing
    content(everseal(home, "delete", "--cert-name", NAME))
    assert not home.live(NAME).exists()
    assert "No certificates found" in content(certbot(home, "certificates"))


@pytest.mark.parametrize("first", ["certbot", "everseal"])
def test_an_account_is_either_program_s(start_pebble: StartPebble, tmp_path: Path, first: str) -> None:
    pebble_new = start_pebble("new", FOR_CERTBOT)
    home = Home(tmp_path / "home", pebble_new)
    server = f"--server={pebble_new.directory_url}"
    terms = ["--agree-tos", "-m", "admin@shared.example"]
    opened, shown = (certbot, everseal) if first == "certbot" else (everseal, certbot)
    content(opened(home, "register", server, *terms))
    assert "admin@shared.example" in content(shown(home, "show_account", server))
    assert len(home.accounts()) == 1
