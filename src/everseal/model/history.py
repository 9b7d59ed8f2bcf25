"""The versions of a lineage, looked at one by one."""

from __future__ import annotations

from everseal.model.certificate import CertificateFacts
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName


@dataclass(frozen=True, slots=True)
class ExaminedVersion:
    """One version and what is wrong with it.

    ``certificate`` is None where it cannot be read.  ``flaws`` are clauses such as ``the certificate
    expired on ...``; without any it may be put to use.  ``is_only_expired`` says that nothing else is.
    """

    number: int
    certificate: CertificateFacts | None
    flaws: tuple[str, ...]
    is_only_expired: bool = False

    @property
    def is_sound(self) -> bool:
        return not self.flaws


@dataclass(frozen=True, slots=True)
class History:
    """Every version of a lineage, ascending; ``live`` and ``pinned`` as in its inventory."""

    name: CertificateName
    live: int | None
    pinned: int | None
    versions: tuple[ExaminedVersion, ...]

    def version(self, number: int) -> ExaminedVersion | None:
        return next((each for each in self.versions if each.number == number), None)
