"""Runs of the library by a clock that a test moves: an hour, three days or a year in no time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from everseal import Manager, Plan, RunReport
from everseal.localca.ca import LocalCa
from everseal.localca.clocks import VirtualClock
from everseal.localca.hosts import HostTable
from everseal.localca.server import CaServer
from everseal.localca.settings import CaSettings
from everseal.model.events import Event, Exchanged, Warned
from everseal.settings.values import Settings, Source
from everseal.system.clock import SystemRandom
from everseal.wiring.surroundings import AlwaysConsent, Surroundings

START = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


class TravelClock(VirtualClock):
    """``wrong`` is by how much it shows another time than it is."""

    def __init__(self) -> None:
        super().__init__(START)
        self.wrong = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.wrong


@dataclass(slots=True)
class Machine:
    """One configuration directory and the CA it uses, each with a clock of its own.

    ``requests`` counts what was sent since the start, by resource; ``warnings`` are those of the last run.
    """

    folder: Path
    server: CaServer
    http_port: int
    clock: TravelClock = field(default_factory=TravelClock)
    requests: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    def manager(self, **options: object) -> Manager:
        """A manager as a new run would have it."""
        usual: dict[str, object] = {
            "config_dir": str(self.folder / "config"),
            "work_dir": str(self.folder / "work"),
            "logs_dir": str(self.folder / "logs"),
            "server": self.server.directory_url,
            "allow_http": True,
            "http01_port": self.http_port,
            "authenticator": "standalone",
        }
        settings = Settings.defaults().with_values({**usual, **options}, Source("command line"))
        surroundings = Surroundings(
            clock=self.clock,
            random=SystemRandom(),
            host="test",
            environment={},
            emit=self._note,
            consent=AlwaysConsent(),
        )
        return Manager(settings, surroundings)

    def obtain(self, *names: str, **options: object) -> RunReport:
        manager = self.manager(domains=names, **options)
        plan = manager.plan_certificate()
        assert isinstance(plan, Plan)
        return self._carried_out(manager, plan)

    def renew(self, **options: object) -> RunReport:
        """What a timer's run does."""
        manager = self.manager(**options)
        manager.mend()
        return self._carried_out(manager, manager.plan_renewals(remember_advice=True))

    def _carried_out(self, manager: Manager, plan: Plan) -> RunReport:
        self.warnings.clear()
        return manager.apply(plan)

    def _note(self, event: Event) -> None:
        match event:
            case Exchanged(resource=resource):
                self.requests[resource] += 1
            case Warned(message=message):
                self.warnings.append(message)
            case _:
                pass


def found_ca(folder: Path, http_port: int, clock: TravelClock, **members: Any) -> CaServer:
    """A CA of its own clock; it validates and issues while it is asked.  ``members`` are CaSettings'."""
    ca = LocalCa.create(str(folder), clock=clock, random=SystemRandom())
    settings = CaSettings(
        plain_http=True,
        http_port=http_port,
        hosts=HostTable.parse(["*.test=127.0.0.1"]),
        retry_after=None,
        validation_timeout=5.0,
        at_once=True,
        **members,
    )
    return CaServer(ca, settings=settings)
