"""Who may read what a run makes, under any umask: as with Certbot, and what is Everseal's own is private."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.e2e.home import KINDS, Home

DIRECTORIES = {
    ".": 0o755,
    "accounts": 0o700,
    "archive": 0o700,
    "archive/one.test": 0o755,
    "live": 0o700,
    "live/one.test": 0o755,
    "renewal": 0o755,
    "renewal-hooks": 0o755,
    "renewal-hooks/deploy": 0o755,
    "renewal-hooks/post": 0o755,
    "renewal-hooks/pre": 0o755,
}
FILES = {
    **{f"archive/one.test/{kind}{number}.pem": 0o644 for kind in KINDS for number in (1, 2)},
    **{f"archive/one.test/privkey{number}.pem": 0o600 for number in (1, 2)},
    "live/README": 0o644,
    "live/one.test/README": 0o644,
    "renewal/one.test.conf": 0o644,
}
ACCOUNT = {"private_key.json": 0o400, "regr.json": 0o644, "meta.json": 0o644}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def modes(folder: Path) -> dict[str, int]:
    paths = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): mode(path) for path in paths if not path.is_symlink()}


@pytest.mark.parametrize("umask", ["0", "077"])
def test_under_any_umask(home: Home, umask: str) -> None:
    masked = ["/bin/sh", "-c", f'umask {umask} && exec "$@"', "sh"]
    terms = ["--agree-tos", "--register-unsafely-without-email"]
    hooks = ["--pre-hook", "true", "--post-hook", "false", "--deploy-hook", "false"]
    first = home.run("certonly", *terms, "--standalone", "-d", "one.test", *hooks, prefix=masked)
    assert first.status == 0, first.err
    assert home.run("renew", "--force-renewal", "-vv", prefix=masked).status == 0
    found = modes(home.config)
    accounts = {path: found.pop(path) for path in list(found) if path.startswith("accounts/")}
    own = {path: found.pop(path) for path in list(found) if path.startswith(".everseal")}
    assert found == DIRECTORIES | FILES
    assert {mode for path, mode in accounts.items() if Path(path).name not in ACCOUNT} == {0o700}
    assert {Path(path).name: mode for path, mode in accounts.items() if path.endswith(".json")} == ACCOUNT
    assert {mode for path, mode in own.items() if (home.config / path).is_dir()} == {0o700}
    assert {mode for path, mode in own.items() if (home.config / path).is_file()} == {0o600}
    assert any("hooks/" in path for path in own)
    assert modes(home.folder / "logs") == {".": 0o700, "letsencrypt.log": 0o600, "letsencrypt.log.1": 0o600}
    assert modes(home.folder / "work") == {".": 0o755}
