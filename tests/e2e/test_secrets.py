"""No secret is seen in the log or on the terminal, however much is asked to be told."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.home import COMMAND, Done, Home, finished
from tests.servers.built_in import CaMaker

EAB_KEY_OCTETS = b"canary of the external account!!"
EAB_KEY = base64.urlsafe_b64encode(EAB_KEY_OCTETS).decode().rstrip("=")
PASSWORD = "canary of a password"
ENVIRONMENT = {
    "CLOUD_API_TOKEN": "canary-of-the-operators-token",
    "EVERSEAL_CANARY": "canary-of-our-own-variable",
}
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi"}


class Listener:
    """Runs commands as talkative as they can be and keeps all that they say."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.said: list[str] = []
        self.secrets: set[str] = {EAB_KEY, PASSWORD, *ENVIRONMENT.values()}

    def run(self, verb: str, *more: str) -> Done:
        done = finished(self.home.words(verb, "-vv", "--debug", *more), ENVIRONMENT)
        self.said += [done.out, done.err]
        self.gather()
        return done

    def gather(self) -> None:
        """Every private key on disk, while it is there."""
        for path in self.home.config.rglob("private_key.json"):
            members: Mapping[str, str] = json.loads(path.read_text())
            self.secrets |= {value for name, value in members.items() if name in PRIVATE_MEMBERS}
        for path in self.home.config.rglob("privkey*.pem"):
            self.secrets |= {line for line in path.read_text().splitlines() if not line.startswith("-----")}

    def heard(self) -> str:
        logs = [path.read_text() for path in (self.home.folder / "logs").glob("letsencrypt.log*")]
        return "\n".join([*self.said, *logs])


@pytest.fixture
def listener(make_ca: CaMaker, tmp_path: Path) -> Listener:
    ca = make_ca(external_keys={"kid-1": EAB_KEY_OCTETS}, external_account_required=True)
    return Listener(Home(tmp_path / "home", ca))


def test_no_verb_tells_a_secret(listener: Listener, tmp_path: Path) -> None:
    """F15: forty and more."""
    out, password = tmp_path / "out", tmp_path / "password"
    out.mkdir()
    password.write_text(PASSWORD)
    eab = ["--eab-kid", "kid-1", "--eab-hmac-key", EAB_KEY]
    terms = ["--agree-tos", "--register-unsafely-without-email"]
    hooks = ["--pre-hook", "true", "--deploy-hook", "echo deployed", "--post-hook", "false"]
    assert listener.run("register", *terms, "--eab-kid", "kid-1", "--eab-hmac-key", f"!{EAB_KEY}").status == 1
    assert listener.run("register", *terms, *eab).status == 0
    assert listener.run("certonly", *eab, "--standalone", "-d", "one.test", *hooks).status == 0
    for verb, *more in (
        ["certificates"],
        ["show_account"],
        ["renew", "--force-renewal", "--key-type", "rsa"],
        ["renew", "--force-renewal"],
        ["plan"],
        ["versions", "one.test"],
        ["export", "one.test", "--to", str(out), "--format", "pkcs12", "--password-file", str(password)],
        ["backup", str(out / "b"), "--passphrase-file", str(password)],
        ["backup", str(out / "b"), "--passphrase-file", str(password), "--verify"],
        ["restore", str(out / "b"), "--passphrase-file", str(password), "--plan"],
        ["switch", "one.test", "--to", "1"],
        ["prune"],
        ["rename", "one.test", "two.test"],
        ["rename", "two.test", "one.test"],
        ["update_account", "-m", "a@one.test"],
        ["revoke", "--cert-name", "one.test", "--no-delete-after-revoke"],
        ["delete", "--cert-name", "one.test"],
        ["unregister"],
    ):
        assert listener.run(verb, *more).status == 0, verb
    heard = listener.heard()
    assert len(listener.secrets) >= 40
    assert [secret for secret in listener.secrets if secret in heard] == []
    assert "POST " in heard
    assert "newOrder" in heard


def test_one_line_for_each_exchange_and_whole_bodies_only_when_asked(home: Home) -> None:
    home.obtain("one.test")
    log = (home.folder / "logs" / "letsencrypt.log").read_text()
    exchanges = [line for line in log.splitlines() if " POST " in line or ":POST " in line]
    assert len([line for line in exchanges if " newOrder " in line]) == 1
    assert '"protected"' not in log
    done = home.run("renew", "--force-renewal", "-vv")
    log = (home.folder / "logs" / "letsencrypt.log").read_text()
    assert '"protected"' in log
    assert '"protected"' in done.err
    assert COMMAND.name in log
