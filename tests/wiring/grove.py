"""A directory with lineages of every kind, what may befall it, and what is decided about it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from everseal.acme.ari import certificate_id
from everseal.model.certificate import read_certificate
from everseal.model.errors import BadCertificate
from everseal.planning.due import SuggestedWindow
from everseal.planning.suggestion import Suggestion, suggestion_texts
from everseal.reports.plan_json import plan_as_json
from everseal.settings.values import Settings, Source
from everseal.store.answers import Answers
from everseal.store.certbot_dir.machine_secret import known_secret
from everseal.store.certbot_dir.store import CertbotStore
from everseal.store.index import Index
from everseal.system.clock import SystemRandom
from everseal.wiring.house import House
from everseal.wiring.renewals import Renewals
from everseal.wiring.rollcall import call_roll
from everseal.wiring.surroundings import Surroundings
from tests.acme.identifiers import cert_id
from tests.loading import HEAVY
from tests.store.minting import NOW, Minted, StillClock, mint
from tests.store.trees import KINDS, conf_text, contents, make_tree

if TYPE_CHECKING:
    from everseal.store.index import Chapter

LINEAGES = 16
# Nobody listens there: whoever is asked about counts as one whose CA does not answer.
NOWHERE = "http://127.0.0.1:9/directory"
YOUNG_SECONDS = 2.1
CHAPTERS = ("renewals", "listing", "standing")

UNUSED = {
    *HEAVY,
    "logging",
    "dataclasses",
    "typing",
    "json",
    "subprocess",
    "email",
    "http.client",
    "socket",
    "concurrent.futures",
    "importlib.metadata",
    "inspect",
    "tempfile",
}
"""What is not loaded where all is as it was."""


@cache
def minted(age: int, days: int, *, with_ari: bool, ocsp: bool = False, copy: int = 0) -> Minted:
    issued = NOW - timedelta(days=age)
    url = "http://127.0.0.1:9/ocsp" if ocsp else None
    return mint("a.example", "b.example", issued=issued, days=days, ocsp_url=url, with_ari=with_ari)


AGES = ((1, 90), (2, 90), (5, 90), (5, 90), (9, 90), (59, 90), (61, 90), (95, 90), (1, 6), (4, 6))


class Grove:
    """A configuration directory with lineages of every kind, by chance."""

    def __init__(self, config: Path, chance: random.Random) -> None:
        self.config = config
        self.chance = chance
        self.copies: Counter[int] = Counter()
        self.names = [f"n{number}.example" for number in range(LINEAGES)]
        for name in self.names:
            self.plant(name)
        state = config / ".everseal"
        state.mkdir(mode=0o700)
        (state / "secret").write_bytes(chance.randbytes(32))
        self.hear()

    @property
    def answers(self) -> Path:
        return self.config / ".everseal" / "answers-1.sqlite"

    def hear(self) -> None:
        """About some the CA has said something since, which is kept with other answers."""
        rows = []
        for name in self.names:
            path = self.config / "archive" / name / "cert1.pem"
            if path.exists() and self.chance.random() < 0.5:
                with suppress(BadCertificate):
                    facts = read_certificate(path.read_bytes())
                    again = NOW + timedelta(hours=self.chance.choice((-9, -1, 4, 5, 7, 8, 200)))
                    opens = NOW + timedelta(days=self.chance.choice((-2, 1, 5, 25)))
                    window = SuggestedWindow(opens, opens + timedelta(days=1), "https://ca.example/why")
                    said = Suggestion(certificate_id(facts) or "none", again, window)
                    rows.append((suggestion_texts(said), NOW.timestamp() + 1e7))
        Answers(str(self.answers)).keep(rows, now=NOW.timestamp())

    @property
    def index(self) -> Path:
        return self.config / ".everseal" / "index.sqlite"

    def chapter(self, name: Chapter) -> Index:
        return Index(str(self.index), name, secret=known_secret(str(self.index.parent)))

    def remembered(self, name: Chapter) -> Mapping[str, bytes]:
        return self.chapter(name).read()

    def conf(self, name: str) -> Path:
        return self.config / "renewal" / f"{name}.conf"

    def plant(self, name: str) -> None:
        versions = [self.certificate() for _ in range(self.chance.choice((1, 1, 1, 2, 3)))]
        live = self.chance.choice((*[None] * 8, 1))
        make_tree(self.config, name, versions, live=live)
        self.conf(name).write_text(self.written(name, versions[-1]))
        self.spoil(name)

    def certificate(self) -> Minted:
        """No two lineages of a directory have the same one."""
        age, days = self.chance.choice(AGES)
        with_ari, ocsp = self.chance.random() < 0.7, self.chance.random() < 0.05
        self.copies[age] += 1
        return minted(age, days, with_ari=with_ari, ocsp=ocsp, copy=self.copies[age])

    def written(self, name: str, newest: Minted) -> str:
        """A renewal file, mostly with what the CA said."""
        text = conf_text(self.config, name).replace("https://acme-v02.api.letsencrypt.org/directory", NOWHERE)
        if self.chance.random() < 0.2:
            before = self.chance.choice(("30 days", "80 days", "5", "1 week", "soon", "1 day, 2 days"))
            text = f"renew_before_expiry = {before}\n{text}"
        for key in self.chance.choices(("", *ODD_PARAMETERS), weights=(60, *[1] * len(ODD_PARAMETERS))):
            text = text.replace("[renewalparams]\n", f"[renewalparams]\n{key}\n")
        return text + self.own_section(newest)

    def own_section(self, newest: Minted) -> str:
        facts = read_certificate(newest.leaf_pem)
        if facts.authority_key_id is None or self.chance.random() < 0.2:
            return self.chance.choice(
                ("", "[everseal]\npinned_version = 1\n", "[everseal]\nallow_http = True\n")
            )
        again = NOW + timedelta(hours=self.chance.choice((-2, 3, 6, 6, 6, 6, 6)))
        opens = NOW + timedelta(days=self.chance.choice((-3, -0.01, 0.2, 2, 9, 20, 20, 400)))
        closes = opens + timedelta(days=self.chance.choice((-1, 0.3, 2)))
        lines = [f"ari_certificate = {cert_id(facts)}", f"ari_ask_again = {again.isoformat()}"]
        if self.chance.random() < 0.9:
            lines += [f"ari_window_start = {opens.isoformat()}", f"ari_window_end = {closes.isoformat()}"]
        if self.chance.random() < 0.2:
            lines.append(f"ordered_for = {self.chance.choice(('ari-window', 'lifetime'))}")
        return "\n".join(["[everseal]", "allow_http = True", *lines, ""])

    def spoil(self, name: str) -> None:
        archive, live = self.config / "archive" / name, self.config / "live" / name
        match self.chance.choices((*range(8), None), weights=(*[1] * 8, 60))[0]:
            case 0:
                (live / "chain.pem").unlink()
            case 1:
                (archive / "privkey1.pem").unlink()
            case 2:
                (archive / "cert1.pem").write_text("no certificate")
            case 3:
                self.conf(name).write_text("version = 5.8.0\n")
            case 4:
                (live / "cert.pem").unlink()
                (live / "cert.pem").write_bytes((archive / "cert1.pem").read_bytes())
            case 5:
                shutil.move(archive, archive.with_name(f"{name}-moved"))
            case 6:
                os.replace(archive / "chain1.pem", archive / "kept.pem")
                (archive / "chain1.pem").symlink_to("kept.pem")
            case 7:
                self.conf(name).unlink()
                self.conf(name).symlink_to(self.config / "elsewhere.conf")
            case _:
                pass

    def decided(self, *, with_roll: bool, now: datetime) -> object:
        clock = StillClock(now)
        defaults = {"config_dir": str(self.config), "allow_http": True}
        settings = Settings.defaults().with_values(defaults, Source("command line"))
        house = House(settings, Surroundings(clock=clock, random=SystemRandom(), host="here"))
        found = call_roll(str(self.config), now=now, keeps=False) if with_roll else None
        return plan_as_json(Renewals(house).plan(remember_advice=False, roll=found))["actions"]

    def learn(self, now: datetime) -> int:
        """What a run of `renew` keeps in the index; how many rest."""
        with CertbotStore(str(self.config), clock=StillClock(now)).run_lock():
            return len(call_roll(str(self.config), now=now, keeps=True).resting)


ODD_PARAMETERS = (
    "autorenew = False",
    "autorenew = True",
    "rsa_key_size = many",
    "must_staple = perhaps",
    "pref_challs = nothing-01,",
    "key_type = ed448",
    "authenticator",
    "unknown_option = 1",
    "renew_hook = echo %(server)s",
    "deploy_hook = a, b",
)


def delete(grove: Grove) -> None:
    grove.index.unlink(missing_ok=True)


def random_octets(grove: Grove) -> None:
    grove.index.write_bytes(grove.chance.randbytes(20_000))


def damage(grove: Grove) -> None:
    data = bytearray(grove.index.read_bytes())
    for _ in range(200):
        data[grove.chance.randrange(len(data))] = grove.chance.randrange(256)
    grove.index.write_bytes(data)


def cut_short(grove: Grove) -> None:
    os.truncate(grove.index, grove.index.stat().st_size // 2)


def another_database(grove: Grove) -> None:
    grove.index.unlink()
    for chapter in CHAPTERS:
        change(grove, f"CREATE TABLE {chapter}_1 (other TEXT)")


def wrong_rows(grove: Grove) -> None:
    """Each says what another did, and rests for ever."""
    change(grove, "UPDATE {table} SET body = (SELECT max(body) FROM {table})")


def later_rows(grove: Grove) -> None:
    change(grove, "UPDATE {table} SET body = replace(CAST(body AS TEXT), '2026', '2036')")


def rows_of_another_kind(grove: Grove) -> None:
    change(grove, "INSERT OR REPLACE INTO {table} SELECT 5, seal, 7 FROM {table} LIMIT 1")


def another_secret(grove: Grove) -> None:
    (grove.config / ".everseal" / "secret").write_bytes(grove.chance.randbytes(32))


def change(grove: Grove, statement: str) -> None:
    """In every chapter that there is, or once where the statement has no place for it."""
    connection = sqlite3.connect(grove.index)
    with connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for each in {statement.format(table=table) for (table,) in tables} or {statement}:
            connection.execute(each)
    connection.close()


def lose_answers(grove: Grove) -> None:
    grove.answers.unlink(missing_ok=True)


def garbled_answers(grove: Grove) -> None:
    grove.answers.write_bytes(grove.chance.randbytes(20_000))


def other_answers(grove: Grove) -> None:
    """Of another directory, say: everything that was learnt of the old ones is forgotten."""
    lose_answers(grove)
    grove.hear()


def touch_one(grove: Grove) -> None:
    path = grove.conf(grove.chance.choice(grove.names))
    if path.exists():
        os.utime(path)


def renew_one(grove: Grove) -> None:
    """As Certbot does: new files, links moved, the renewal file rewritten."""
    name = grove.chance.choice(grove.names)
    archive, live = grove.config / "archive" / name, grove.config / "live" / name
    if not archive.is_dir():
        return
    number = 1 + max(int(path.stem.removeprefix("cert")) for path in archive.glob("cert[0-9]*.pem"))
    new = grove.certificate()
    for kind, data in contents(new).items():
        (archive / f"{kind}{number}.pem").write_bytes(data)
    for kind in KINDS:
        (live / f"{kind}.pem").unlink(missing_ok=True)
        (live / f"{kind}.pem").symlink_to(f"../../archive/{name}/{kind}{number}.pem")
    grove.conf(name).unlink()
    grove.conf(name).write_text(grove.written(name, new))


def settings_of_one(grove: Grove) -> None:
    path = grove.conf(grove.chance.choice(grove.names))
    if path.exists():
        path.write_text(path.read_text().replace("authenticator", "autorenew = False\nauthenticator"))


def one_goes(grove: Grove) -> None:
    grove.conf(grove.chance.choice(grove.names)).unlink(missing_ok=True)


EVENTS_IN_THE_INDEX: Sequence[Callable[[Grove], None]] = (
    delete,
    random_octets,
    damage,
    cut_short,
    another_database,
    wrong_rows,
    later_rows,
    rows_of_another_kind,
    another_secret,
)

EVENTS: Sequence[Callable[[Grove], None]] = (
    *EVENTS_IN_THE_INDEX,
    lose_answers,
    other_answers,
    garbled_answers,
    touch_one,
    renew_one,
    settings_of_one,
    one_goes,
)


def hollow_out(grove: Grove) -> None:
    """A file of some version changes, and the renewal file does not."""
    archive = grove.config / "archive" / grove.chance.choice(sorted(grove.remembered("listing")))
    path = grove.chance.choice(sorted(archive.glob("*.pem")))
    path.write_bytes(path.read_bytes()[:-40])


def link_elsewhere(grove: Grove) -> None:
    one, other = grove.chance.sample(sorted(grove.remembered("listing")), 2)
    link = grove.config / "live" / one / "cert.pem"
    link.unlink()
    link.symlink_to(f"../../archive/{other}/cert1.pem")


def one_more_version(grove: Grove) -> None:
    archive = grove.config / "archive" / grove.chance.choice(sorted(grove.remembered("listing")))
    for kind in KINDS:
        shutil.copy(archive / f"{kind}1.pem", archive / f"{kind}7.pem")


EVENTS_BELOW: Sequence[Callable[[Grove], None]] = (hollow_out, link_elsewhere, one_more_version)
"""What renewal files say nothing of: a renewal trusts them for a while, what shows the files does not."""
