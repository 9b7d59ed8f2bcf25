"""What is odd about a certificate that is sound all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from everseal.engine.tools import Workshop
from everseal.model.certificate import CertificateFacts
from everseal.model.events import Warned
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.planning.due import Validity, run_interval
from everseal.planning.words import roughly

_EXPECTED_LIFE: Final = timedelta(days=1)
_LEAST_SHARE: Final = 10


def appraise(name: CertificateName, facts: CertificateFacts, before: Lineage | None, shop: Workshop) -> None:
    """Warn of a beginning that lies ahead and of a short life, which may be a mistake of the CA's."""
    for oddity in _oddities(facts, before, shop.clock.now()):
        shop.emit(Warned(f"{name}: {oddity}"))


def _oddities(facts: CertificateFacts, before: Lineage | None, now: datetime) -> Iterator[str]:
    if facts.not_before > now:
        yield (
            f"the certificate is valid from {facts.not_before:%Y-%m-%d %H:%M:%S} UTC on, and it is "
            f"{now:%H:%M:%S} here: check this machine's clock"
        )
    usual = None if before is None else before.certificate.lifetime
    if facts.lifetime < _EXPECTED_LIFE if usual is None else facts.lifetime * _LEAST_SHARE < usual:
        every = run_interval(Validity(facts.not_before, facts.not_after))
        yield (
            f"the certificate lives only {roughly(facts.lifetime)}, until {facts.not_after:%Y-%m-%d %H:%M:%S}"
            f" UTC: `renew` has to run every {roughly(every)}, or ask the CA for another profile"
        )
