"""A machine with many certificates that are due at once, some of which cannot be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.forest import plant_due
from everseal.model.errors import Busy
from everseal.system.clock import SystemClock
from everseal.system.locks import lock_file
from tests.servers.issuing import Household
from tests.servers.pebble import Pebble


@dataclass(frozen=True, slots=True)
class Renewed:
    """How one `renew` for all of them ended, and what it cost; the process told what it had left open."""

    status: int
    out: str
    err: str
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    left_open: list[str]

    def __str__(self) -> str:
        return (
            f"{self.wall_seconds:.1f} s, {self.cpu_seconds:.1f} s of processor time, "
            f"{self.peak_mib:.0f} MiB at most"
        )


class Estate:
    """``names`` are due, each a lineage of its own; the name servers do not answer for the ``doomed``."""

    def __init__(self, folder: Path, pebble: Pebble, *, sound: int, doomed: int) -> None:
        self._household = Household(folder, pebble)
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        self.config = folder / "config"
        self.doomed = [f"doomed{number}.example" for number in range(doomed)]
        self.sound = [f"sound{number}.example" for number in range(sound)]
        for name in self.doomed:
            pebble.dns.set_failing(name)
        done = self._household.run("register", "--agree-tos", "--register-unsafely-without-email")
        assert done.returncode == 0, done.stderr
        plant_due(self.config, [*self.doomed, *self.sound], server=pebble.directory_url)

    def renew(self, *words: str) -> Renewed:
        """`everseal renew`, solving with one listener for all."""
        report = self._temporary.parent / "report.json"
        argv = self._household.words("renew", "--standalone", *words)
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tests.soak.inspected", str(report), *argv],
            env={**os.environ, "TMPDIR": str(self._temporary)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        wall = time.monotonic() - begin
        assert report.exists(), done.stderr
        told = json.loads(report.read_text("utf-8"))
        return Renewed(
            done.returncode,
            done.stdout,
            done.stderr,
            wall,
            told["cpu_seconds"],
            told["peak_mib"],
            [*told["descriptors"], *told["threads"]],
        )

    def complaints(self) -> list[str]:
        """What is wrong with the certificates that had to come."""
        return [
            f"{name}: {complaint}"
            for name in self.sound
            if (complaint := self._household.complaint([name, f"www.{name}"]))
        ]

    def versions(self, names: Sequence[str]) -> set[int]:
        """The versions that the live links of these lineages name."""
        targets = [os.readlink(self.config / "live" / name / "fullchain.pem") for name in names]
        return {int("".join(filter(str.isdigit, Path(each).stem))) for each in targets}

    def leftovers(self) -> list[str]:
        """Journals, owed hooks, temporary files and locks that somebody still holds."""
        own = self.config / ".everseal"
        journals = [*own.glob("pending/*"), *own.glob("changes/*"), *own.glob("hooks/*")]
        temporary = [*self.config.rglob(".*.tmp"), *self.config.rglob(".*.twin"), *self._temporary.iterdir()]
        return [str(path) for path in (*journals, *temporary)] + self._held_locks()

    def _held_locks(self) -> list[str]:
        held = []
        for path in [*(self.config / ".everseal").rglob("*.lock"), *self.config.glob(".certbot.lock")]:
            try:
                lock_file(str(path), clock=SystemClock()).release()
            except Busy as error:
                held.append(f"{path}: {error}")
        return held
