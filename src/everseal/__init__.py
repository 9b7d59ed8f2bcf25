"""Everseal: an ACME client and certificate life-cycle manager.

The names below are the library's public surface; each is loaded when it is first used, so that
``import everseal`` costs nothing.

>>> from everseal import Manager
>>> manager = Manager.open(domains=("example.com",), authenticator="standalone")  # doctest: +SKIP
>>> plan = manager.plan_certificate()  # doctest: +SKIP
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.engine.outcome import Failed, Outcome, Overtaken, Rehearsed, RunReport, Saved
    from everseal.engine.revoke import Reason as RevocationReason
    from everseal.manager import Manager
    from everseal.model.errors import OperatorError
    from everseal.model.events import Event
    from everseal.model.lineage import Damaged, Lineage
    from everseal.model.names import CertificateName, DnsName, Identifier, IpAddress
    from everseal.planning.choose import Question
    from everseal.planning.plan import Issue, Leave, Plan, Report
    from everseal.planning.standing import Survey
    from everseal.settings.values import Settings
    from everseal.wiring.surroundings import Surroundings

_HOMES = {
    "CertificateName": "everseal.model.names",
    "Damaged": "everseal.model.lineage",
    "DnsName": "everseal.model.names",
    "Event": "everseal.model.events",
    "Failed": "everseal.engine.outcome",
    "Identifier": "everseal.model.names",
    "IpAddress": "everseal.model.names",
    "Issue": "everseal.planning.plan",
    "Leave": "everseal.planning.plan",
    "Lineage": "everseal.model.lineage",
    "Manager": "everseal.manager",
    "OperatorError": "everseal.model.errors",
    "Outcome": "everseal.engine.outcome",
    "Overtaken": "everseal.engine.outcome",
    "Plan": "everseal.planning.plan",
    "Question": "everseal.planning.choose",
    "Rehearsed": "everseal.engine.outcome",
    "Report": "everseal.planning.plan",
    "RevocationReason": "everseal.engine.revoke",
    "RunReport": "everseal.engine.outcome",
    "Saved": "everseal.engine.outcome",
    "Settings": "everseal.settings.values",
    "Surroundings": "everseal.wiring.surroundings",
    "Survey": "everseal.planning.standing",
}
_RENAMED = {"RevocationReason": "Reason"}

__all__ = [
    "CertificateName",
    "Damaged",
    "DnsName",
    "Event",
    "Failed",
    "Identifier",
    "IpAddress",
    "Issue",
    "Leave",
    "Lineage",
    "Manager",
    "OperatorError",
    "Outcome",
    "Overtaken",
    "Plan",
    "Question",
    "Rehearsed",
    "Report",
    "RevocationReason",
    "RunReport",
    "Saved",
    "Settings",
    "Surroundings",
    "Survey",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(home), _RENAMED.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
