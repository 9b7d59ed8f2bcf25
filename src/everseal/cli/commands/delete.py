"""``delete``: remove a lineage's files; the CA is not told."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.model.errors import OperatorError
from everseal.model.names import CertificateName


class NothingToDelete(OperatorError):
    """No lineage is here."""

    def __init__(self) -> None:
        super().__init__("No existing certificates found", remedy="see what is here with `certificates`")


def run(session: Session) -> int:
    manager = session.manager()
    names = _chosen(session, [each.name for each in manager.lineages()])
    listed = "\n".join(f"  * {name}" for name in names)
    agreed = session.dialogue.yes_or_no(
        f"The following certificate(s) are selected for deletion:\n\n{listed}\n\n"
        "WARNING: Before continuing, ensure that the listed certificates are not being used by any installed "
        "server software (e.g. Apache, nginx, mail servers). Deleting a certificate that is still being used "
        "will cause the server software to stop working.\n\n"
        "Are you sure you want to delete the above certificate(s)?",
        unattended=True,
    )
    if not agreed:
        session.console.notify("Deletion of certificate(s) canceled.")
        return 0
    manager.delete(names)
    for name in names:
        session.console.notify(f"Deleted all files relating to certificate {name}.")
    return 0


def _chosen(session: Session, present: list[CertificateName]) -> list[CertificateName]:
    wanted = session.settings.text("certname")
    if wanted is not None:
        return [CertificateName.parse(wanted)]
    if not present:
        raise NothingToDelete
    indices = session.dialogue.checklist(
        "Which certificate(s) would you like to delete?",
        [name.value for name in present],
        unattended=None,
        flag="--cert-name",
        insist=True,
    )
    return [present[index] for index in indices]
