"""What the engine works with: everything it needs comes in through these, nothing is looked up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field

from everseal.acme.caa import Lookup
from everseal.acme.client import Client
from everseal.acme.eab import ExternalAccountBinding
from everseal.engine.outages import Outages
from everseal.engine.renewal_info import Counsel
from everseal.engine.rests import Rests
from everseal.hooks.runner import Hooks
from everseal.model.clock import Clock, Random
from everseal.model.events import Emit
from everseal.model.frozen import dataclass
from everseal.model.keys import KeyKind
from everseal.model.names import CertificateName
from everseal.model.pending import SolverSettings
from everseal.planning.plan import Issue
from everseal.ports import (
    AccountStore,
    ActionMapper,
    Consent,
    LimitLedger,
    Mapper,
    Setbacks,
    Solver,
    Stop,
    Store,
)


def _nowhere(_name: CertificateName) -> AbstractContextManager[None]:
    """For runs whose events need not say which lineage they are about."""
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Introduction:
    """What registering an account needs beyond the contacts in the plan.

    ``other_contacts`` asks a person for contacts when the CA does not take those that were given; None
    when nobody is there.  ``eab_used`` is told when the account is open, which needs ``eab`` no more.
    """

    consent: Consent
    key_kind: KeyKind
    host: str
    eab: ExternalAccountBinding | None = None
    other_contacts: Callable[[], tuple[str, ...]] | None = None
    eab_used: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """The instruments of one issuance; ``timeout`` bounds each wait for the CA, in seconds."""

    client: Client
    solver: Solver
    introduction: Introduction
    timeout: float
    pause_before_challenges: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Workshop:
    """The instruments of a whole run.

    ``tools_for`` builds what one action needs (its CA's client, its solver) and may share them;
    ``solver_of`` makes the solver of an interrupted run anew;
    ``each_lineage`` and ``each_request`` bound how much runs at once; with ``side_by_side`` several orders
    may be under way together.  What is emitted inside ``about`` is about that lineage.  Without ``stop``
    nobody can ask the run to end but by an exception, without ``setbacks`` failed orders are not
    remembered, without ``ledger``, which is opened by the first call, no limit of a CA is foreseen, without
    ``counsel`` no CA is asked when it wants its new certificates renewed, without ``caa`` nobody looks
    whether a CA may issue.  ``despite_limits`` orders although it would be refused.  Without ``rests``
    every order finds out for itself that a CA is not there.
    """

    store: Store
    accounts: AccountStore
    hooks: Hooks
    tools_for: Callable[[Issue], Tools]
    solver_of: Callable[[SolverSettings], Solver]
    each_lineage: ActionMapper
    each_request: Mapper
    clock: Clock
    random: Random
    emit: Emit
    side_by_side: bool = False
    about: Callable[[CertificateName], AbstractContextManager[None]] = _nowhere
    stop: Stop | None = None
    setbacks: Setbacks | None = None
    counsel: Counsel | None = None
    caa: Lookup | None = None
    outages: Outages = field(default_factory=Outages)
    rests: Rests | None = None
    ledger: Callable[[], LimitLedger] | None = None
    despite_limits: bool = False
    deploy_in_rehearsal: bool = False

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has asked the run to end."""
        return self.stop is not None and self.stop.is_wanted
