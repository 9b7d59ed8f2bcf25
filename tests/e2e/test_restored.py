"""A server is lost: its backup is brought back on a new one, and Everseal and Certbot renew there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import StartPebble
from tests.e2e.home import COMMAND, Home
from tests.e2e.new_machine import NewMachine
from tests.e2e.test_handover import content
from tests.servers.pebble import FOR_CERTBOT
from tests.servers.programs import requires
from tests.servers.webroot import serving

PLAIN, ALPN, PINNED, WWW = "plain.example", "alpn.example", "pinned.example", "www.example"
NAMES = (PLAIN, ALPN, PINNED, WWW)


class Story:
    """What the lost server had, and the new one."""

    def __init__(self, start_pebble: StartPebble, folder: Path) -> None:
        self.lost = Home(folder / "lost", start_pebble("new", FOR_CERTBOT))
        self.elsewhere = Home(folder / "lost", start_pebble("old", FOR_CERTBOT))
        self.machine = NewMachine(folder / "new")
        self.new = self.machine.home(self.lost)
        self.backup = folder / "everseal.backup"
        self.webroot, self.export = folder / "www", folder / "out"
        self.bundle = folder / "bundle.pem"
        cas = [each.ca.ca_bundle for each in (self.lost, self.elsewhere)]
        self.bundle.write_bytes(b"".join(path.read_bytes() for path in cas))
        for path in (*cas, self.bundle):
            self.machine.put(path)

    def obtain_all(self) -> None:
        """Two CAs with an account each, hooks, an export, a version that was gone back to."""
        lost = self.lost
        self.export.mkdir()
        lost.obtain(PLAIN, solving=("--standalone", "--out", str(self.export)))
        lost.obtain(ALPN, solving=("--standalone", "--standalone-challenge", "tls-alpn-01"))
        lost.obtain(PINNED)
        lost.succeed("renew", "--force-renewal", "--cert-name", PINNED)
        lost.succeed("switch", PINNED, "--to", "1")
        with serving(self.webroot, self.elsewhere.ca.http_port):
            self.elsewhere.obtain(WWW, solving=("--webroot", "-w", str(self.webroot)))
        hook = lost.config / "renewal-hooks/deploy/tell"
        hook.write_text('#!/bin/sh\necho "$RENEWED_DOMAINS" >> "$(dirname "$0")/../../heard"\n')
        hook.chmod(0o755)

    def on_the_new_one(self, program: str | Path, verb: str, *words: str) -> str:
        done = self.machine.run(
            [program, verb, "--non-interactive", *words],
            {"REQUESTS_CA_BUNDLE": str(self.bundle), "PYTHONWARNINGS": "default"},
        )
        return content(done)

    def renew_all(self, program: str | Path) -> None:
        """Everything there is, with the web server running that one of them needs."""
        with serving(self.here(self.webroot), self.elsewhere.ca.http_port):
            self.on_the_new_one(program, "renew", "--force-renewal", "--no-random-sleep-on-renew")

    def here(self, path: Path) -> Path:
        """Where a path of the new machine is."""
        return self.new.folder / str(path).lstrip("/") if self.machine.is_root else path

    def versions(self) -> list[int]:
        """The live version of each."""
        return [self.new.version(name) for name in NAMES]


@pytest.fixture
def story(start_pebble: StartPebble, tmp_path: Path) -> Story:
    story = Story(start_pebble, tmp_path)
    story.obtain_all()
    story.lost.succeed("backup", str(story.backup))
    story.machine.put(story.backup)
    return story


def test_a_lost_server_s_certificates_are_renewed_on_a_new_one(story: Story) -> None:
    story.here(story.export).mkdir(parents=True, exist_ok=True)
    told = story.on_the_new_one(COMMAND, "restore", str(story.backup))
    assert "4 certificates and" in told
    assert story.versions() == [1, 1, 1, 1]
    assert len(story.new.accounts()) == 2
    exported = story.here(story.export) / "privkey.pem"
    assert exported.read_bytes() == (story.new.live(PLAIN) / "privkey.pem").read_bytes()
    assert "switched to" in story.on_the_new_one(COMMAND, "versions", PINNED)
    for conf in story.new.config.glob("renewal/*.conf"):
        assert str(story.lost.config) not in conf.read_text()

    story.renew_all(COMMAND)
    assert story.versions() == [2, 2, 3, 2]
    story.renew_all(requires("certbot").path)
    assert story.versions() == [3, 3, 4, 3]
    assert sorted((story.new.config / "heard").read_text().split()) == sorted(NAMES * 2)
    assert len(story.new.accounts()) == 2
    story.on_the_new_one(COMMAND, "doctor")
