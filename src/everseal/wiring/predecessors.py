"""What the CAs know of the certificate that an order follows."""

from __future__ import annotations

from datetime import datetime

from everseal.acme.ari import certificate_id
from everseal.model.lineage import Lineage
from everseal.planning.issuing_ca import issuing_ca
from everseal.planning.plan import Predecessor
from everseal.planning.reasons import DueReason, WindowOpen
from everseal.planning.suggestion import read_suggestion


def predecessor(present: Lineage, reason: DueReason) -> Predecessor | None:
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
        _window(present, reason),
    )


def _window(present: Lineage, reason: DueReason) -> tuple[datetime, datetime] | None:
    """What the CA suggested just now, or the last time it was asked."""
    if isinstance(reason, WindowOpen):
        return reason.start, reason.end
    remembered = read_suggestion(present.sections, certificate_id(present.certificate))
    window = None if remembered is None else remembered.window
    return None if window is None else (window.start, window.end)
