"""The built-in CA as a process beside the harness: ``python -m tests.crash.authority FOLDER``.

It says where it is in one line of JSON, then answers each line it reads: a number says how many days old its
certificates are from then on, an empty line asks what it has done so far.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
LIFETIME: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Done:
    """Counts of what clients got."""

    accounts: int
    certificates: int

    def __sub__(self, earlier: Done) -> Done:
        return Done(self.accounts - earlier.accounts, self.certificates - earlier.certificates)


class Authority:
    """A running CA; a context manager."""

    def __init__(self, python: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [python, "-m", "tests.crash.authority", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        where = self._answer()
        self.directory_url: str = where["directory"]
        self.ca_bundle: str = where["bundle"]
        self.http_port: int = where["http_port"]
        self.records = Path(where["records"])
        self.hooks: list[str] = where["hooks"]

    def set_age(self, days: int) -> None:
        """From now on its certificates are that old when they are issued."""
        self._ask(str(days))

    def done(self) -> Done:
        """What it has done since it was started."""
        return Done(**self._ask(""))

    def __enter__(self) -> Authority:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def serve(folder: str) -> None:
    """Be the CA until nobody asks any more."""
    from everseal.localca.ca import LocalCa
    from everseal.localca.hosts import HostTable
    from everseal.localca.profiles import DEFAULT_PROFILE, Profile
    from everseal.localca.server import CaServer
    from everseal.localca.settings import CaSettings
    from everseal.system.clock import SystemClock, SystemRandom
    from everseal.system.resolver import NameServer
    from tests.servers.ports import Ports
    from tests.servers.records import RecordFolder

    class LongAgo(SystemClock):
        def now(self) -> datetime:
            return super().now() - LIFETIME

    age = timedelta(0)

    class Aged(Profile):
        @property
        def backdate(self) -> timedelta:
            return age

    LocalCa.create(folder, clock=LongAgo(), random=SystemRandom())
    ca = LocalCa.open(folder, clock=SystemClock(), random=SystemRandom())
    with Ports() as ports, RecordFolder(Path(folder, "dns")) as records:
        settings = CaSettings(
            http_port=ports.reserve(),
            hosts=HostTable.parse(["*.test=127.0.0.1"]),
            name_servers=(NameServer("127.0.0.1", records.port),),
            profiles={DEFAULT_PROFILE: Aged("as old as is wanted", LIFETIME)},
            retry_after=None,
            at_once=True,
        )
        with CaServer(ca, settings=settings) as server:
            bundle = os.path.join(folder, "root.pem")
            _say(
                directory=server.directory_url,
                bundle=bundle,
                http_port=settings.http_port,
                records=str(records.folder),
                hooks=records.hooks,
            )
            for line in sys.stdin:
                if line.strip():
                    age = timedelta(days=int(line))
                events = Counter(event for _, event, _ in server.ledger.log())
                _say(accounts=events["account created"], certificates=events["certificate logged"])


def _say(**members: object) -> None:
    sys.stdout.write(f"{json.dumps(members)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
