"""What every counter of the CA works with."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.localca.authority import Authority
    from everseal.localca.envelope import Gatekeeper
    from everseal.localca.faults import Faults
    from everseal.localca.ledger import Ledger
    from everseal.localca.settings import CaSettings
    from everseal.model.clock import Clock, Random


@dataclass(frozen=True, slots=True)
class Office:
    """Shared by the resources' handlers and the background work."""

    authority: Authority
    ledger: Ledger
    settings: CaSettings
    faults: Faults
    gatekeeper: Gatekeeper
    clock: Clock
    random: Random

    def new_id(self, size: int = 12) -> str:
        """A random text for a URL or, with 32 bytes, for a token."""
        return base64.urlsafe_b64encode(self.random.token(size)).decode("ascii").rstrip("=")

    def time(self) -> float:
        """Now, in seconds since 1970."""
        return self.clock.now().timestamp()
