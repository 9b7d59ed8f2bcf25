"""What the CAs know of the certificate that an order follows."""

from __future__ import annotations

from datetime import datetime

from everseal.model.lineage import Lineage
from everseal.planning.issuing_ca import issuing_ca
from everseal.planning.plan import Predecessor
from everseal.planning.reasons import DueReason, WindowOpen
from everseal.wiring.house import House


def predecessor(house: House, present: Lineage, reason: DueReason) -> Predecessor | None:
    """The lineage's certificate; None where nobody knows whose it is."""
    ca, facts = issuing_ca(present), present.certificate
    if ca is None:
        return None
    return Predecessor(
        ca.server,
        ca.account,
        facts.identifiers,
        facts.not_before,
        facts.not_after,
        _window(house, present, reason),
    )


def _window(house: House, present: Lineage, reason: DueReason) -> tuple[datetime, datetime] | None:
    """What the CA suggested just now, or the last time it was asked."""
    if isinstance(reason, WindowOpen):
        return reason.start, reason.end
    known = house.counsel.remembered(present, now=house.surroundings.clock.now())
    window = None if known is None else known.suggestion.window
    return None if window is None else (window.start, window.end)
