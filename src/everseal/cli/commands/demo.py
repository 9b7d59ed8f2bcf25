"""``everseal demo``: the life of a certificate in ten seconds, against the built-in CA.

Every step is a command that is printed and then run, in a folder of the demo's own.  Nothing of the
system is touched, and nothing leaves this machine.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from typing import Final

from everseal.cli.session import Session
from everseal.model.errors import OperatorError, UsageError
from everseal.wiring.demo import DemoCa, running_ca

_NAMES: Final = ("demo.test", "www.demo.test")
_SHOWN_TREE: Final = ("accounts", "archive", "live", "renewal")


class DemoFailed(OperatorError):
    """A command of the demo ended as it should not."""

    def __init__(self, command: str, status: int, folder: str) -> None:
        super().__init__(
            f"the demo stopped: `{command}` ended with status {status}",
            remedy=f"read what it said above; what it left behind is in {folder}",
        )


def run(session: Session) -> int:
    if session.settings.flag("plan"):
        raise UsageError(
            "the demo has no plan",
            remedy="leave out --plan: it works in a folder of its own, and shows plans itself",
        )
    given = session.settings.text("folder")
    folder = given or tempfile.mkdtemp(prefix="everseal-demo-")
    os.makedirs(folder, exist_ok=True)
    with running_ca(os.path.join(folder, "ca"), _NAMES) as ca:
        stage = _Stage(session, folder, ca)
        if session.settings.flag("without_responder"):
            stage.play_without_responder()
        else:
            stage.play()
    if given is None:
        shutil.rmtree(folder)
    return 0


class _Stage:
    """Where the demo plays and how it speaks."""

    def __init__(self, session: Session, folder: str, ca: DemoCa) -> None:
        self._session = session
        self._folder = folder
        self._ca = ca
        self._config = os.path.join(folder, "letsencrypt")

    def play(self) -> None:
        """Plan, obtain, look, renew, look again."""
        names = [word for name in _NAMES for word in ("-d", name)]
        obtain = [
            *("certonly", "--standalone", "--http-01-port", str(self._ca.http_port)),
            *("--agree-tos", "-m", "admin@demo.test", *names),
            *("--deploy-hook", 'echo "reloading the web server for $RENEWED_DOMAINS"'),
        ]
        self._say(
            "A certificate authority of our own is running; it validates for real. Every command below also\n"
            f"   gets --config-dir {self._config} and the like,\n"
            f"   --server {self._ca.directory_url} --ca-bundle {self._ca.root_path} -n"
        )
        self._say("1. The plan: what would happen, and why. Nothing is done yet.")
        self._command(*obtain, "--plan")
        self._say(
            "2. The same, carried out: an account, an order, two proofs, a certificate. -v shows\n"
            "   every request to the authority."
        )
        self._command(*obtain, "-v")
        self._say("3. What is on disk now.")
        self._tree()
        self._say("4. What is kept here.")
        self._command("certificates")
        self._say("5. Is it due? The plan of `renew` says why not.")
        self._command("plan")
        self._say("6. A renewal all the same. The new version goes live in one step; the old one stays.")
        self._command("renew", "--force-renewal")
        self._say("7. Both versions, and the live links.")
        self._tree("archive", "live")
        self._say(
            "That was all. For a real certificate leave out --server and --ca-bundle: see docs/tutorial.md."
        )

    def play_without_responder(self) -> None:
        """The same order with nobody answering: the CA looks, finds nothing, and refuses."""
        webroot = os.path.join(self._folder, "webroot")
        os.makedirs(webroot, exist_ok=True)
        self._say("Nobody listens where the authority will look: its validation has to fail.")
        names = [word for name in _NAMES for word in ("-d", name)]
        self._command("certonly", "--webroot", "-w", webroot, "--agree-tos", *names, expected=1)
        self._say("No certificate, as it should be: nothing is on disk but the account.")
        self._tree()

    def _command(self, *arguments: str, expected: int = 0) -> None:
        common = [
            *("--config-dir", self._config, "--work-dir", os.path.join(self._folder, "work")),
            *("--logs-dir", os.path.join(self._folder, "logs")),
            *("--server", self._ca.directory_url, "--ca-bundle", self._ca.root_path, "-n"),
        ]
        shown = f"everseal {shlex.join(arguments)}"
        self._session.console.result(f"$ {shown}")
        completed = subprocess.run(
            [sys.executable, "-m", "everseal", *arguments, *common],
            stdin=subprocess.DEVNULL,
            cwd=self._folder,
            check=False,
        )
        if completed.returncode != expected:
            raise DemoFailed(shown, completed.returncode, self._folder)

    def _say(self, text: str) -> None:
        self._session.console.result(f"\n== {text}\n")

    def _tree(self, *parts: str) -> None:
        for part in parts or _SHOWN_TREE:
            top = os.path.join(self._config, part)
            for folder, folders, files in os.walk(top):
                folders.sort()
                for name in sorted(files):
                    self._session.console.result(f"  {_shown(os.path.join(folder, name), self._config)}")


def _shown(path: str, top: str) -> str:
    relative = os.path.relpath(path, top)
    return f"{relative} -> {os.readlink(path)}" if os.path.islink(path) else relative
