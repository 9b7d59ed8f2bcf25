"""One operator's machine in a folder: a configuration directory, and the program that works on it."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.crash.authority import Authority
from tests.crash.faults import Simple
from tests.crash.programs import Program
from tests.crash.watching import Fault, Run, run_watched

NAME: Final = "one.test"
USUAL_UMASK: Final = 0o022
# Whoever writes a file for longer is not alive any more, and what failed once is tried again.
_HOURS_LATER: Final = timedelta(hours=4)
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPYCACHEPREFIX")


@dataclass
class Box:
    """What is in ``home`` is the machine; it is put back from a copy as often as is wanted."""

    folder: Path
    program: Program
    authority: Authority

    @cached_property
    def home(self) -> Path:
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        return home.resolve()

    @property
    def config(self) -> Path:
        return self.home / "config"

    @property
    def out(self) -> Path:
        """Where certificates are exported to."""
        return self.home / "out"

    @property
    def proof(self) -> Path:
        """What the deploy hook has seen."""
        return self.home / "proof"

    @property
    def live(self) -> Path:
        return self.config / "live" / NAME

    @property
    def hook(self) -> str:
        return f"cp $RENEWED_LINEAGE/fullchain.pem {self.proof}"

    def words(self, verb: str, *more: str) -> list[str]:
        """A command line without the program."""
        places = [f"--{kind}-dir={self.home / kind}" for kind in ("config", "work", "logs")]
        ca = [f"--server={self.authority.directory_url}", f"--http-01-port={self.authority.http_port}"]
        hurry = ["--no-random-sleep-on-renew"] if verb == "renew" else []
        return [verb, "--non-interactive", *places, *ca, *hurry, *more]

    @property
    def environment(self) -> dict[str, str]:
        """What a command finds: nothing of what the tests run in."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, "REQUESTS_CA_BUNDLE": self.authority.ca_bundle, "HOME": str(self.home)}

    @property
    def places(self) -> list[str]:
        """Where changes count."""
        return [str(self.config), str(self.out)]

    def run(self, words: Sequence[str], fault: Fault | None = None, *, umask: int = USUAL_UMASK) -> Run:
        """Run a command to its end, or to where the fault cuts it."""
        become = self.program.with_words(words, self.environment)
        return run_watched(become, places=self.places, fault=fault or Simple(), umask=umask)

    def succeed(self, words: Sequence[str]) -> Run:
        """A step on the way to where the test begins."""
        run = self.run(words)
        if run.status != 0:
            raise RuntimeError(run.output)
        return run

    def empty(self) -> None:
        """A machine on which nothing has been done yet."""
        shutil.rmtree(self.home)
        for place in (self.home, self.config, self.out):
            place.mkdir()

    def keep(self, name: str) -> None:
        """Remember the machine as it is."""
        shutil.copytree(self.home, self.folder / name, symlinks=True)

    def put_back(self, name: str) -> None:
        """The machine as it was when it was remembered."""
        shutil.rmtree(self.home)
        shutil.copytree(self.folder / name, self.home, symlinks=True)

    def let_hours_pass(self) -> None:
        """Every temporary file has lost its writer by then, and no hook or export is put off any more."""
        then = time.time() - _HOURS_LATER.total_seconds()
        for path in self.home.rglob(".*.tmp"):
            os.utime(path, (then, then), follow_symlinks=False)
        for path in (self.config / ".everseal" / "hooks").glob("*.json"):
            _bring_forward(path)


def _bring_forward(journal: Path) -> None:
    """The journal says the same as if it had been written hours ago; what no program wrote stays as it is."""
    with suppress(ValueError, KeyError, TypeError):
        owed = json.loads(journal.read_bytes())
        owed["not_before"] = (datetime.fromisoformat(owed["not_before"]) - _HOURS_LATER).isoformat()
        journal.write_text(json.dumps(owed), "utf-8")
