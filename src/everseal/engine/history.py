"""Looking at every version of a lineage: what it is and whether it may be put to use."""

from __future__ import annotations

from datetime import datetime

from everseal.model.certificate import read_certificate
from everseal.model.errors import BadCertificate, OperatorError
from everseal.model.history import ExaminedVersion, History
from everseal.model.names import CertificateName
from everseal.ports import Store
from everseal.store.integrity import flaws_of_return


def history(name: CertificateName, store: Store, *, now: datetime) -> History:
    """Works for damaged lineages too.  Raises LineageMissing, and LineageBroken where the renewal file
    cannot be read."""
    inventory = store.inventory(name)
    versions = tuple(
        _incomplete(number, missing) if missing else _examine(name, number, store, now)
        for number, missing in inventory.missing.items()
    )
    return History(name, inventory.live, inventory.pinned, versions)


def _incomplete(number: int, missing: tuple[str, ...]) -> ExaminedVersion:
    files = ", ".join(f"{kind}{number}.pem" for kind in missing)
    return ExaminedVersion(number, None, (f"{files} {'is' if len(missing) == 1 else 'are'} missing",))


def _examine(name: CertificateName, number: int, store: Store, now: datetime) -> ExaminedVersion:
    try:
        files = store.read_version(name, number)
    except OperatorError as error:
        return ExaminedVersion(number, None, (error.message,))
    found = flaws_of_return(files, now=now)
    flaws = tuple(flaw.text for flaw in found)
    try:
        facts = read_certificate(files.cert_pem)
        return ExaminedVersion(number, facts, flaws, [flaw.kind for flaw in found] == ["expired"])
    except BadCertificate as error:
        return ExaminedVersion(number, None, flaws or (error.message,))
