"""One lineage verified for a listing: its certificate, chain and key as they lie on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everseal.model.certificate import read_certificate
from everseal.model.errors import LineageBroken, LineageMissing, OperatorError
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import CertificateName
from everseal.reports.certificates import Listed
from everseal.store.certbot_dir.recollections import stamp_of_files
from everseal.store.certbot_dir.store import CertbotStore
from everseal.store.integrity import live_flaw
from everseal.system.clock import SystemClock

if TYPE_CHECKING:
    from everseal.store.certbot_dir.recollections import Recollections


class Examiner:
    """Examines lineages below ``config_dir``; those that are sound are noted in ``memory``."""

    def __init__(self, config_dir: str, memory: Recollections) -> None:
        self._store = CertbotStore(config_dir, clock=SystemClock())
        self._memory = memory

    def examine(self, text: str) -> Listed | Damaged | None:
        """The lineage called ``text``; None where it is there no more."""
        name = CertificateName(text)
        try:
            return self._examine(name)
        except LineageMissing:
            return None
        except OperatorError as error:
            return Damaged(name, self._store.layout.conf(name), error)

    def _examine(self, name: CertificateName) -> Listed:
        """With the facts of its live certificate; raises what is wrong with it."""
        lineage = self._store.load(name)
        stamp = stamp_of_files(lineage)
        try:
            files = self._store.read_version(name, lineage.live)
            flaw = live_flaw(files)
        except FileNotFoundError as error:
            flaw = f"{error.filename} is missing"
        if flaw is not None:
            raise _unfit(lineage, flaw)
        known = lineage.live == lineage.decisive
        listed = Listed.of(lineage, lineage.certificate if known else read_certificate(files.cert_pem))
        self._memory.remember(lineage, stamp, listed.texts)
        return listed


def _unfit(lineage: Lineage, flaw: str) -> LineageBroken:
    name = lineage.name.value
    remedy = f"run `renew --force-renewal --cert-name {name}`, or put the files back from a backup"
    return LineageBroken(name, flaw, remedy=remedy)
