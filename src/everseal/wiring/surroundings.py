"""The world around a run, as values: whoever starts Everseal says what it may see of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from everseal.model.clock import Clock, Random
from everseal.model.errors import PortBusy
from everseal.model.events import Emit, ignore
from everseal.model.frozen import dataclass
from everseal.ports import Consent, Stop
from everseal.solvers.manual import Prompter


class NoConsent:
    """Agrees to nothing that was not agreed to beforehand."""

    def agrees(self, server: str, terms_url: str) -> bool:
        return False


class AlwaysConsent:
    """Agrees: whoever passes it has asked the operator."""

    def agrees(self, server: str, terms_url: str) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``environment`` is what hooks inherit and where proxies are named; ``prompter`` is None when
    nobody is there to follow instructions; ``pause`` waits for a person before the CA is told to look;
    ``tell`` gets every exchange with the CA, whole; ``other_contacts`` asks for contacts (``mailto:`` URLs)
    when the CA does not take those that were given.  ``unattended`` says that no person started this run:
    after failed orders it waits, a person need not.  ``free_port`` asks a person to free a port that is
    taken, and says whether to try again; None where nobody is there.  ``stop`` says when somebody has asked
    the run to end; None where nobody can."""

    clock: Clock
    random: Random
    host: str
    environment: Mapping[str, str] = field(default_factory=dict)
    emit: Emit = ignore
    consent: Consent = field(default_factory=NoConsent)
    prompter: Prompter | None = None
    pause: Callable[[], None] | None = None
    tell: Callable[[str], None] | None = None
    other_contacts: Callable[[], tuple[str, ...]] | None = None
    program: str = "everseal"
    unattended: bool = True
    free_port: Callable[[PortBusy], bool] | None = None
    stop: Stop | None = None
