"""What an action did, and why it did not."""

from __future__ import annotations

from everseal.model.certificate import CertificateFacts
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName, Identifier
from everseal.planning.plan import Blocked, Issue, Leave, Report


@dataclass(frozen=True, slots=True)
class Saved:
    """A new version is live."""

    action: Issue
    lineage: Lineage
    identifiers: tuple[Identifier, ...]
    hook_failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A dry run got its certificate and kept nothing; ``lineage`` is what it rehearsed the renewal of."""

    action: Issue
    identifiers: tuple[Identifier, ...]
    hook_failures: tuple[str, ...] = ()
    lineage: Lineage | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The CA, the solver or the store refused; ``live/`` is as it was."""

    action: Issue | Blocked
    error: OperatorError


@dataclass(frozen=True, slots=True)
class Delivered:
    """The certificate for an operator's own signing request (leaf first): whoever asked keeps it."""

    action: Issue
    fullchain_pem: bytes
    facts: CertificateFacts


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another run renewed the lineage between the plan and the lock."""

    action: Issue
    lineage: Lineage


@dataclass(frozen=True, slots=True)
class Left:
    """The plan said to leave it."""

    action: Leave


@dataclass(frozen=True, slots=True)
class Reported:
    """The plan said that it cannot be worked on."""

    action: Report


@dataclass(frozen=True, slots=True)
class Stopped:
    """The run was asked to end: the order was not begun, or broken off where a later run goes on with it."""

    action: Issue
    begun: bool


Outcome = Saved | Rehearsed | Delivered | Failed | Overtaken | Left | Reported | Stopped


@dataclass(frozen=True, slots=True)
class RunReport:
    """All outcomes of a run, in the order of the plan."""

    outcomes: tuple[Outcome, ...]
    hook_failures: tuple[str, ...] = ()

    @property
    def saved(self) -> tuple[Saved, ...]:
        return tuple(each for each in self.outcomes if isinstance(each, Saved))

    @property
    def rehearsed(self) -> tuple[Rehearsed, ...]:
        return tuple(each for each in self.outcomes if isinstance(each, Rehearsed))

    @property
    def failed(self) -> tuple[Failed, ...]:
        return tuple(each for each in self.outcomes if isinstance(each, Failed))

    @property
    def stopped(self) -> tuple[Stopped, ...]:
        return tuple(each for each in self.outcomes if isinstance(each, Stopped))

    @property
    def attempted(self) -> bool:
        """Whether any order was tried."""
        return any(isinstance(each, Saved | Rehearsed | Delivered | Failed) for each in self.outcomes)

    def outcome_of(self, name: CertificateName) -> Outcome | None:
        for each in self.outcomes:
            if not isinstance(each, Reported) and each.action.name == name:
                return each
        return None
