"""The library as a program uses it, with everything it reports written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from everseal import Manager, Plan, RunReport
from everseal.model.events import Event, Exchanged
from everseal.planning.requests import PlannedRequest
from tests.e2e.home import Authority

Request = tuple[str, str]


@dataclass
class Program:
    """Opens managers for one configuration directory; ``events`` are those since the last ``forget``.

    ``options`` are the program's own, for every manager.
    """

    folder: Path
    ca: Authority
    events: list[Event] = field(default_factory=list)
    options: Mapping[str, Any] = field(default_factory=dict)

    def manager(self, **options: Any) -> Manager:
        """A manager as a new run would have it; ``options`` come on top of places, CA and ports."""
        usual: dict[str, Any] = {
            "config_dir": str(self.folder / "config"),
            "work_dir": str(self.folder / "work"),
            "logs_dir": str(self.folder / "logs"),
            "server": self.ca.directory_url,
            "ca_bundle": str(self.ca.ca_bundle),
            "http01_port": self.ca.http_port,
            "tls_alpn01_port": self.ca.tls_port,
            "authenticator": "standalone",
        }
        return Manager.open(
            emit=self.events.append, agree_to_terms=True, **{**usual, **self.options, **options}
        )

    def plan(self, *names: str, **options: Any) -> tuple[Manager, Plan]:
        """A certificate for the names, planned by a manager of its own."""
        manager = self.manager(domains=names, **options)
        plan = manager.plan_certificate()
        assert isinstance(plan, Plan)
        return manager, plan

    def obtain(self, *names: str, **options: Any) -> RunReport:
        manager, plan = self.plan(*names, **options)
        report = manager.apply(plan)
        assert not report.failed, report.failed[0].error
        return report

    def forget(self) -> None:
        self.events.clear()

    @property
    def transcript(self) -> list[Request]:
        """Method and resource of each request but polls and retries, and nonces beyond the first."""
        found: list[Request] = []
        for event in self.events:
            if isinstance(event, Exchanged) and not (event.poll or event.retry):
                request = (event.method, event.resource)
                if request != ("HEAD", "newNonce") or request not in found:
                    found.append(request)
        return found


def listed(requests: tuple[PlannedRequest, ...], *needless: str) -> list[Request]:
    """What the plan lists, without what is needless: resources whose ``unless`` applies, each once."""
    left = Counter(needless)
    kept: list[Request] = []
    for each in requests:
        if each.unless and left[each.resource]:
            left[each.resource] -= 1
        else:
            kept.append((each.method, each.resource))
    assert left.total() == 0
    return kept
