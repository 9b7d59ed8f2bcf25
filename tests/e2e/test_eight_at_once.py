"""Eight `renew` at the same moment over the same certificates, and Certbot among them."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from everseal.model.names import CertificateName
from everseal.store.certbot_dir.store import CertbotStore
from tests.e2e.home import Done, Home
from tests.servers.built_in import BuiltIn
from tests.servers.programs import requires
from tests.store.minting import StillClock, mint

EIGHT, TWENTY = 8, 20
HOOK = 'echo "$RENEWED_DOMAINS" >> {notes}'


def make_due(home: Home, names: Sequence[str], notes: Path) -> None:
    """Lineages of Certbot's form, five days before their end."""
    home.succeed("register", "--agree-tos", "--register-unsafely-without-email")
    (account,) = home.accounts()
    issued = datetime.now(UTC) - timedelta(days=85)
    store = CertbotStore(str(home.config), clock=StillClock(issued))
    for name in names:
        parameters = {
            "server": home.ca.directory_url,
            "authenticator": "standalone",
            "account": account.parent.name,
            "http01_port": str(home.ca.http_port),
            "renew_hook": HOOK.format(notes=notes),
        }
        version = mint(name, issued=issued, days=90).version()
        store.commit(CertificateName(name), version, parameters=parameters, sections={}, new=True)


def certificates(ca: BuiltIn) -> Counter[str]:
    """How many the CA issued for each name."""
    return Counter(each.value for issued in ca.server.ledger.certificates() for each in issued.identifiers)


def check_each_once(home: Home, ca: BuiltIn, names: Sequence[str], notes: Path) -> None:
    assert certificates(ca) == Counter(names)
    assert Counter(notes.read_text().split()) == Counter(names)
    assert {home.version(name) for name in names} == {2}
    assert len(home.accounts()) == 1
    assert home.journals() == []
    assert list((home.config / ".everseal").glob("hooks/*")) == []


def at_once(home: Home) -> list[Done]:
    with ThreadPoolExecutor(EIGHT) as pool:
        return [run.result() for run in [pool.submit(home.run, "renew") for _ in range(EIGHT)]]


def test_eight_renewals_at_once(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    """Twenty certificates, twenty hooks, one account; who finds a lineage busy leaves it to the other."""
    names = [f"n{number}.test" for number in range(TWENTY)]
    make_due(home, names, tmp_path / "notes")
    assert [done.err for done in at_once(home) if done.status != 0] == []
    check_each_once(home, ca, names, tmp_path / "notes")


def test_certbot_among_them_keeps_all_others_out(home: Home, ca: BuiltIn, tmp_path: Path) -> None:
    names = ["one.test", "two.test"]
    make_due(home, names, tmp_path / "notes")
    started, go_on = tmp_path / "started", tmp_path / "go on"
    places = [f"--{kind}-dir={home.folder / kind}" for kind in ("config", "work", "logs")]
    hold = f"touch {started}; until test -e '{go_on}'; do sleep 0.02; done"
    command: list[str | Path] = [
        requires("certbot").path,
        "renew",
        "-n",
        "--no-random-sleep-on-renew",
        *places,
        "--pre-hook",
        hold,
    ]
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": str(home.ca.ca_bundle)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as certbot:
        while not started.exists():
            assert certbot.poll() is None
            time.sleep(0.02)
        kept_out = at_once(home)
        go_on.touch()
    assert certbot.returncode == 0
    assert [done.status for done in kept_out] == [1] * EIGHT
    assert all("Another instance of Certbot is already running" in done.err for done in kept_out)
    check_each_once(home, ca, names, tmp_path / "notes")
    assert [done.status for done in at_once(home)] == [0] * EIGHT
    check_each_once(home, ca, names, tmp_path / "notes")
