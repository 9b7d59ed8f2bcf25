"""A CA with limits and an operator who meets them, both by one clock that a test moves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from everseal.engine.outcome import RunReport
from everseal.manager import Manager
from everseal.model.keys import EcdsaKind
from everseal.model.lineage import Lineage
from everseal.model.private_key import PrivateKey
from everseal.planning.ca_limits import read_ca_limits
from everseal.planning.plan import Plan
from everseal.planning.refusals import Refusal
from tests.hostile.years import Machine, TravelClock, found_ca
from tests.servers.ports import Ports

MakeWorld = Callable[..., "World"]


def limits(**changes: tuple[int, timedelta]) -> str:
    """Let's Encrypt's file with other capacities and periods, as JSON."""
    found = json.loads(resources.files("everseal").joinpath("data/limits/letsencrypt.json").read_text())
    for limit in found["limits"]:
        capacity, period = changes.get(limit["id"].replace("-", "_"), (None, None))
        if capacity is not None and period is not None:
            limit |= {"capacity": capacity, "period": f"{int(period.total_seconds() // 60)} minutes"}
    return json.dumps(found)


@contextmanager
def worlds(folder: Path, ports: Ports) -> Iterator[MakeWorld]:
    """Makes worlds by the text of their CA's limits; ``members`` are CaSettings'."""
    with ExitStack() as running:

        def make(file: str, **members: Any) -> World:
            clock, http_port = TravelClock(), ports.reserve()
            known = read_ca_limits(file.encode(), path="test")
            server = found_ca(folder / f"ca{http_port}", http_port, clock, limits=known, **members)
            running.enter_context(server)
            world = World(folder / f"world{http_port}", server, http_port, clock)
            world.know(file)
            return world

        yield make


@dataclass(slots=True)
class World(Machine):
    """A machine whose files carry the clock's times; ``seen`` are those of the archive."""

    seen: dict[Path, float] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def ledger(self) -> Path:
        return self.config / ".everseal" / "ledger-1.sqlite"

    def know(self, file: str) -> None:
        """Let the operator have a file of the CA's limits."""
        own = self.config / "limits"
        own.mkdir(parents=True)
        url = "https://acme-v02.api.letsencrypt.org/directory"
        (own / "ca.json").write_text(file.replace(url, self.server.directory_url))

    def accounts(self, count: int) -> list[str]:
        """The ids of as many accounts."""
        manager = self.manager()
        client = manager.house.clients.client(manager.house.settings)
        for _ in range(count):
            key = PrivateKey.generate(EcdsaKind())
            url = client.register(key, terms_agreed=True).url
            manager.house.accounts.save(
                self.server.directory_url, key, url, created=self.clock.now(), host="here"
            )
        return list(manager.house.accounts.ids(self.server.directory_url))

    def order(self, *names: str, **options: Any) -> tuple[Refusal | None, bool]:
        """Order, whatever is foreseen: what was foreseen, and whether the CA refused."""
        return self.carry_out(
            lambda manager: manager.plan_certificate(),
            domains=names,
            certname="+".join(sorted(names)),
            renew_by_default=True,
            **options,
        )

    def carry_out(self, make: Callable[[Manager], object], **options: Any) -> tuple[Refusal | None, bool]:
        manager = self.manager(despite_limits=True, **options)
        plan = make(manager)
        assert isinstance(plan, Plan)
        if not plan.issues:
            return None, False
        before = len(self.server.transcript())
        manager.apply(plan)
        self.date_files()
        asked = [each.status for each in self.server.transcript()[before:] if each.resource == "newOrder"]
        return plan.issues[0].forecast.refusal, bool(asked) and asked[-1] == 429

    def renew(self, **options: object) -> RunReport:
        """What a timer's run does, one certificate after the other."""
        manager = self.manager(**options)
        manager.mend()
        report = manager.apply(manager.plan_renewals(remember_advice=True), jobs=1)
        self.date_files()
        return report

    def orders(self) -> int:
        return sum(each.resource == "newOrder" for each in self.server.transcript())

    def pass_time(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def date_files(self) -> None:
        """What was written since the last time was written now."""
        now = self.clock.now().timestamp()
        for path in (self.config / "archive").rglob("*"):
            fresh = path.is_dir() and any(each not in self.seen for each in path.iterdir())
            if path not in self.seen or fresh:
                self.seen[path] = now
            os.utime(path, (self.seen[path], self.seen[path]))

    def lineages(self) -> list[Lineage]:
        return [each for each in self.manager().lineages() if isinstance(each, Lineage)]
