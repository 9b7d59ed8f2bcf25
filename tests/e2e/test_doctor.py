"""The doctor on directories that real programs made: nothing is found on sound ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.conftest import StartPebble
from tests.e2e.home import Home
from tests.e2e.test_handover import certbot, content, everseal
from tests.servers.pebble import FOR_CERTBOT
from tests.store.trees import snapshot

NAME = "shared.example"


def kept(home: Home) -> dict[str, tuple[int, bytes | str | None]]:
    """The certificates, accounts and settings."""
    return {path: seen for path, seen in snapshot(home.config).items() if not path.startswith(".")}


def findings(home: Home) -> list[str]:
    done = everseal(home, "doctor", "--json")
    found = [each["what"] for each in json.loads(done.out)["findings"]]
    assert (done.status == 0) or found
    return found


def test_a_directory_of_certbots(start_pebble: StartPebble, tmp_path: Path) -> None:
    pebble_new = start_pebble("new", FOR_CERTBOT)
    home = Home(tmp_path / "home", pebble_new)
    server = [f"--http-01-port={pebble_new.http_port}", f"--server={pebble_new.directory_url}"]
    terms = ["--standalone", "--agree-tos", "--register-unsafely-without-email"]
    content(certbot(home, "certonly", *terms, *server, "-d", NAME))
    for _ in range(2):
        content(certbot(home, "renew", "--force-renewal", "--no-random-sleep-on-renew"))
    content(certbot(home, "certonly", "--expand", *terms, *server, "-d", NAME, "-d", f"www.{NAME}"))
    everseal(home, "certificates")
    before = kept(home)
    assert findings(home) == []
    assert everseal(home, "doctor", "--fix").out.endswith("names were not looked up (--network does).\n")
    assert kept(home) == before

    moved = Home(tmp_path / "moved", pebble_new)
    shutil.copytree(home.folder, moved.folder)
    shutil.rmtree(home.folder)
    assert everseal(moved, "doctor").status == 1
    done = everseal(moved, "doctor", "--fix")
    assert done.status == 0, f"{done.out}\n{done.err}"
    assert findings(moved) == []
    content(everseal(moved, "renew", "--force-renewal"))
    assert moved.version(NAME) == 5
    assert findings(moved) == []


def test_a_directory_of_everseals(home: Home) -> None:
    home.obtain("a.test", "b.a.test")
    home.succeed("renew", "--force-renewal")
    before = kept(home)
    assert findings(home) == []
    assert kept(home) == before
