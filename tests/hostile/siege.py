"""An operator with certificates that are due, at a CA that does what a test tells it to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from everseal.localca.faults import Rule
from everseal.localca.server import CaServer
from tests.cli.desk import Desk, Done
from tests.e2e.home import photograph

# Everything below 0x20 but line ends, DEL, the C1 controls, and what turns the direction of writing.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:[A-Z]+:everseal[\w.]*:")


@dataclass(frozen=True, slots=True)
class Assault:
    """One command while the CA is unkind, and what it sent."""

    done: Done
    requests: Counter[str]

    @property
    def verdict(self) -> str:
        """The one line that says why a lineage was not renewed."""
        lines = [line for line in self.done.err.splitlines() if line.startswith("Failed to renew ")]
        assert len(lines) == 1, self.done.err
        return lines[0].partition(" with error: ")[2]


@dataclass
class Siege:
    """``heard`` is all that the commands said, ``lineages`` how many were made."""

    server: CaServer
    desk: Desk
    ca_bundle: Path
    http_port: int
    heard: list[str] = field(default_factory=list)
    lineages: int = 0

    def due(self) -> str:
        """A lineage of 90 days that ends in five, renewed by nobody before."""
        self.lineages += 1
        name = f"n{self.lineages}.test"
        self.desk.keep(name, age=85, account=self.desk.account_folders[0].name)
        return name

    def renew(self, name: str, *words: str) -> Assault:
        """An unattended ``renew`` of one lineage; nothing it says or logs may hold a control character."""
        before = len(self.server.transcript())
        done = self.desk.run(
            "renew",
            "--no-random-sleep-on-renew",
            "--ca-bundle",
            str(self.ca_bundle),
            "--cert-name",
            name,
            *words,
        )
        self._listen(done)
        sent = self.server.transcript()[before:]
        return Assault(done, Counter(entry.resource for entry in sent))

    def under(self, rules: Sequence[Rule], name: str, *words: str) -> Assault:
        """``renew`` while these rules hold, by a run that remembers nothing of the CA."""
        self.forget_directories()
        for rule in rules:
            self.server.faults.add(rule)
        try:
            return self.renew(name, *words)
        finally:
            self.server.faults.clear()

    def forget_directories(self) -> None:
        for remembered in (self.desk.config / ".everseal").glob("directories/*"):
            remembered.unlink()

    def certificates(self, name: str) -> int:
        """How many the CA has issued for the name."""
        return sum(
            name in (each.value for each in issued.identifiers)
            for issued in self.server.ledger.certificates()
        )

    def versions(self, name: str) -> int:
        return len(list((self.desk.config / "archive" / name).glob("cert*.pem")))

    def picture(self, name: str) -> dict[str, tuple[int, bytes]]:
        """Links, files and settings of a lineage."""
        config = self.desk.config
        conf = config / "renewal" / f"{name}.conf"
        return {
            **photograph(config / "live" / name),
            **photograph(config / "archive" / name),
            conf.name: (conf.stat().st_mode, conf.read_bytes()),
        }

    def wait_noted(self, name: str) -> timedelta:
        """How long unattended runs are to wait, as it stands on the disk; none where nothing does."""
        path = self.desk.config / ".everseal" / "setbacks" / f"{name}.json"
        if not path.exists():
            return timedelta(0)
        noted = json.loads(path.read_text())
        return datetime.fromisoformat(noted["retry_at"]) - datetime.fromisoformat(noted["failed_at"])

    def journal(self, name: str) -> bool:
        """Whether an order waits to be carried on."""
        return (self.desk.config / ".everseal" / "pending" / f"{name}.json").exists()

    def _listen(self, done: Done) -> None:
        log = (self.desk.folder / "logs" / "letsencrypt.log").read_text()
        for text in (done.out, done.err, log):
            assert CONTROLS.search(text) is None, repr(text)
        assert all(LOG_LINE.match(line) for line in log.splitlines())
        self.heard += [done.out, done.err, log]
