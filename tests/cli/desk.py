"""An operator's desk: a configuration directory of its own, a CA, and commands run in this process."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from everseal.cli.main import run
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.store import CertbotStore
from tests.differential.terminal import Answer, Terminal
from tests.store.minting import Minted, StillClock, mint


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended, with its two streams."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaints(self) -> str:
        """Standard error without the line that names the log."""
        return re.sub(r"Saving debug log to .*\n", "", self.err)


class Desk:
    """Runs commands; ``server`` is the CA's directory, ``http_port`` where it looks for answers."""

    def __init__(self, folder: Path, server: str, http_port: int) -> None:
        self.folder = folder
        self.server = server
        self.config = folder / "config"
        self._common = [f"--{kind}-dir={folder / kind}" for kind in ("config", "work", "logs")]
        self._common += ["--allow-http", f"--http-01-port={http_port}"]

    def run(self, verb: str, *words: str, answers: Sequence[str] | None = None, server: str = "") -> Done:
        """Unattended, or with the answers of somebody whom ``--force-interactive`` lets type them ahead."""
        manner = "--non-interactive" if answers is None else "--force-interactive"
        argv = [verb, manner, *self._common, f"--server={server or self.server}", *words]
        return self.run_as_given(*argv, typed="".join(f"{each}\n" for each in answers or ()))

    def run_as_given(self, *argv: str, typed: str = "") -> Done:
        """Exactly these words."""
        out, err = io.StringIO(), io.StringIO()
        handler = signal.getsignal(signal.SIGTERM)
        with mock.patch.object(sys, "stdin", io.StringIO(typed)), redirect_stdout(out), redirect_stderr(err):
            status = run("everseal", argv)
        signal.signal(signal.SIGTERM, handler)
        return Done(status, out.getvalue(), err.getvalue())

    def words(self, *words: str) -> list[str]:
        """What comes behind the verb for this desk, without a CA."""
        return [*self._common, *words]

    def succeed(self, verb: str, *words: str, answers: Sequence[str] | None = None) -> Done:
        done = self.run(verb, *words, answers=answers)
        assert done.status == 0, f"{done.out}\n{done.err}"
        return done

    def register(self) -> Done:
        return self.succeed("register", "--agree-tos")

    def obtain(self, *names: str, **more: str) -> None:
        """A lineage for the names, with an account made on the way; ``more`` are options with a value."""
        wanted = [word for name in names for word in ("-d", name)]
        options = [f"--{key.replace('_', '-')}={value}" for key, value in more.items()]
        self.succeed("certonly", "--standalone", "--agree-tos", *wanted, *options)

    def keep(
        self,
        name: str,
        *names: str,
        days: float = 90,
        server: str = "",
        account: str = "",
        new: bool = True,
        ocsp_url: str | None = None,
        age: float = 1,
    ) -> Minted:
        """A lineage whose certificate no CA here has issued, ``age`` days ago; ``days`` below zero are past
        its end."""
        issued = datetime.now(UTC) - timedelta(days=age if days > 0 else 90)
        lifetime = days if days > 0 else 90 + days
        made = mint(*(names or (name,)), issued=issued, days=lifetime, ocsp_url=ocsp_url)
        parameters = {"server": server or self.server, "authenticator": "standalone", "account": account}
        store = CertbotStore(str(self.config), clock=StillClock(issued))
        store.commit(CertificateName(name), made.version(), parameters=parameters, sections={}, new=new)
        return made

    def tree(self, *parts: str) -> set[str]:
        """Every file and link below the configuration directory's parts, relative to it."""
        return {
            os.path.relpath(os.path.join(folder, file), self.config)
            for part in parts
            for folder, _folders, files in os.walk(self.config / part)
            for file in files
        }

    def talk(self, verb: str, *words: str, answers: Sequence[tuple[str, str]]) -> Done:
        """At a real terminal; each answer is a pattern of the prompt and what is typed there."""
        terminal = Terminal([Answer(prompt, typed) for prompt, typed in answers])
        argv = [sys.executable, "-W", "error", "-m", "everseal", verb, *self._common]
        environment = {**os.environ, "XDG_CONFIG_HOME": str(self.folder)}
        process = subprocess.Popen(
            [*argv, f"--server={self.server}", *words],
            stdin=terminal.slave,
            stdout=terminal.slave,
            stderr=terminal.slave,
            start_new_session=True,
            env=environment,
        )
        try:
            terminal.converse(lambda: process.poll() is not None)
        finally:
            process.kill()
            process.wait()
            terminal.close()
        return Done(process.returncode, terminal.transcript, "")

    @property
    def account_folders(self) -> list[Path]:
        return sorted(path.parent for path in self.config.glob("accounts/**/private_key.json"))
