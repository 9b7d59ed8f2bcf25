"""cli.ini, the user's and the one that is named, beside the command line."""

from collections.abc import Callable
from pathlib import Path

from tests.differential.scenario import Change, Run, Scenario


def _writes(name: str, text: str) -> Callable[[Path], None]:
    def write(here: Path) -> None:
        path = here / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    return write


def _user(text: str) -> Change:
    return Change("the user has a cli.ini", _writes(".config/letsencrypt/cli.ini", text))


def _named(text: str) -> Change:
    return Change("there is my.ini", _writes("my.ini", text))


CONFIGURATION = (
    Scenario(
        "config-file-of-the-user",
        (
            _user(
                "# a comment\nkey-type = rsa\n; another\nagree-tos = yes\nauthenticator = standalone\n"
                "non-interactive\nno-eff-email: true\ndomains = a.example, b.example # and so"
                " on\n[section]\n---\n"
                "reuse-key = off\npre-hook = '/bin/true'\n"
            ),
            Run("certonly {acme}"),
            Run("renew {acme} --force-renewal --key-type ecdsa"),
            Run("certificates"),
        ),
    ),
    Scenario(
        "config-file-named",
        (
            _user("key-type = rsa\nmax-log-backups = 2\n"),
            _named("key-type ecdsa\nelliptic-curve = secp384r1\nstandalone = on\nverbose = 1\n"),
            Run("certonly {acme} -n --config my.ini -d a.example"),
            Run("certonly {acme} -n -c my.ini -d b.example --elliptic-curve secp256r1"),
        ),
    ),
    Scenario(
        "config-file-faults",
        (
            Run("certificates -c missing.ini", status=2),
            _named("no-such-key = 1\n"),
            Run("certificates -c my.ini", status=2),
            _named("key_type = rsa\n"),
            Run("certificates -c my.ini", status=2),
            _named("reuse-key = perhaps\n"),
            Run("certificates -c my.ini", status=2),
            _named("key-type = dsa\n"),
            Run("certificates -c my.ini", status=2),
        ),
        looks_everywhere=True,
    ),
    Scenario(
        "config-file-for-renewal",
        (
            _user("authenticator = webroot\n"),
            Run("renew {acme} --force-renewal -w {www}", served=True),
        ),
        start="one",
    ),
)
