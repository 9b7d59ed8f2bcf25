"""A sound directory to damage, and a doctor for it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from everseal.model.account import account_id
from everseal.model.diagnosis import Finding, Fix, Mending, in_order
from everseal.model.keys import EcdsaKind
from everseal.model.names import CertificateName
from everseal.model.private_key import PrivateKey
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.certbot_dir.accounts import CertbotAccounts
from everseal.store.certbot_dir.store import CertbotStore
from everseal.store.doctor.examination import Examination, Network, Premises
from everseal.store.doctor.mending import Mender
from everseal.store.doctor.renewal_files import Supplies
from everseal.system.timers import SchedulePlaces
from tests.store.minting import NOW, Minted, StillClock, mint
from tests.store.trees import make_tree, snapshot

SERVER = "https://ca.test/directory"
ROUNDS = 5


class Clinic:
    """``a.test`` has two versions and ``b.test`` one, both are renewed through a webroot with one account."""

    def __init__(self, folder: Path, *, schedules: SchedulePlaces | None = None) -> None:
        self.folder = folder
        self.config = folder / "config"
        self.logs = folder / "logs"
        self.logs.mkdir(mode=0o700)
        self.webroot = folder / "www"
        self.webroot.mkdir()
        self.hook = folder / "hook.sh"
        self.hook.write_text("#!/bin/sh\n")
        self.hook.chmod(0o755)
        self.key = PrivateKey.generate(EcdsaKind())
        self.first = mint("a.test", "www.a.test", issued=NOW - timedelta(days=60))
        self.second = mint("a.test", "www.a.test")
        make_tree(self.config, "a.test", [self.first, self.second])
        make_tree(self.config, "b.test", [mint("b.test")])
        self.save_account()
        for name in ("a.test", "b.test"):
            self.write_conf(name)
        clock = StillClock()
        self.store = CertbotStore(str(self.config), clock=clock)
        accounts = CertbotAccounts(str(self.config), clock=clock)
        self.examination = Examination(
            Premises(
                layout=self.store.layout,
                logs_dir=str(self.logs),
                supplies=Supplies(
                    finds=lambda program: os.access(program, os.X_OK) or program == "systemctl",
                    plugins=("standalone", "webroot", "manual"),
                    accounts=accounts.ids,
                ),
                schedules=schedules,
            )
        )

    @property
    def account(self) -> Path:
        return self.config / "accounts" / "ca.test" / "directory" / account_id(self.key)

    def save_account(self) -> None:
        self.account.mkdir(parents=True)
        for folder in (self.account, *list(self.account.parents)[:3]):
            folder.chmod(0o700)
        (self.account / "private_key.json").write_text(json.dumps(self.key.to_jwk()))
        (self.account / "private_key.json").chmod(0o400)
        (self.account / "regr.json").write_text('{"body": {}, "uri": "https://ca.test/acct/1"}')
        (self.account / "meta.json").write_text(
            '{"creation_dt": "2026-01-01T00:00:00Z", "creation_host": "h"}'
        )

    def conf(self, name: str = "a.test") -> Path:
        return self.config / "renewal" / f"{name}.conf"

    def live(self, entry: str = "", name: str = "a.test") -> Path:
        return self.config / "live" / name / entry

    def archive(self, entry: str = "", name: str = "a.test") -> Path:
        return self.config / "archive" / name / entry

    def write_conf(self, name: str, **changed: str | None) -> None:
        """The usual renewal file; a parameter that is None is left out."""
        live = self.live(name=name)
        header = [f"archive_dir = {self.archive(name=name)}"]
        header += [f"{kind} = {live}/{kind}.pem" for kind in ("cert", "privkey", "chain", "fullchain")]
        parameters: dict[str, str | None] = {
            "account": account_id(self.key),
            "server": SERVER,
            "authenticator": "webroot",
            "webroot_path": f"{self.webroot},",
            "renew_hook": f"{self.hook} now",
            "pre_hook": "systemctl stop x",
            "key_type": "ecdsa",
            **changed,
        }
        lines = [f"{key} = {value}" for key, value in parameters.items() if value is not None]
        webroots = ["[[webroot_map]]", f"{name} = {self.webroot}"]
        text = "\n".join(["version = 5.8.0", *header, "[renewalparams]", *lines, *webroots, ""])
        self.conf(name).write_text(text)

    def parameter(self, key: str, value: str | None) -> None:
        self.write_conf("a.test", **{key: value})

    def header(self, key: str) -> str | None:
        return RenewalDocument.parse(self.conf().read_text(), path="").header(key)

    def age(self) -> None:
        """Everything was written a day ago, whenever this test runs."""
        then = (NOW - timedelta(days=1)).timestamp()
        for folder, directories, files in os.walk(self.folder):
            for entry in (*directories, *files):
                os.utime(os.path.join(folder, entry), (then, then), follow_symlinks=False)

    def examine(self, *names: str, network: Network | None = None) -> tuple[Finding, ...]:
        return self.examination.everything(
            [CertificateName(name) for name in names], now=NOW, network=network
        )

    def codes(self) -> set[str]:
        return {finding.code for finding in self.examine()}

    def mend(self, fixes: Sequence[Fix]) -> tuple[Mending, ...]:
        return Mender(self.store, self.examination).mend(fixes, now=NOW)

    def mend_all(self) -> tuple[Mending, ...]:
        """What somebody who agrees to everything gets: looking and mending until nothing more can be."""
        done: list[Mending] = []
        for _ in range(ROUNDS):
            fixes = in_order(each.fix for each in self.examine() if each.fix is not None)
            fresh = [fix for fix in fixes if fix not in {each.fix for each in done}]
            if not fresh:
                break
            done += self.mend(fresh)
        return tuple(done)

    def tree(self) -> dict[str, tuple[int, bytes | str | None]]:
        """The directory without the lock files that any run leaves."""
        return {
            path: content
            for path, content in snapshot(self.config).items()
            if not path.startswith(".everseal") and path != ".certbot.lock"
        }

    def serves(self, minted: Minted, name: str = "a.test") -> bool:
        """Whether a server that reads the live files gets this pair."""
        fullchain, key = self.live("fullchain.pem", name), self.live("privkey.pem", name)
        return fullchain.read_bytes() == minted.fullchain_pem and key.read_bytes() == minted.key_pem
