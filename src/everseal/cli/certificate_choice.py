"""Which of the certificates kept here a verb is about: ``--cert-name``, or as a person chooses."""

from __future__ import annotations

from collections.abc import Sequence

from everseal.cli.dialogue import Cancelled
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.model.errors import OperatorError
from everseal.model.names import CertificateName


class NothingKept(OperatorError):
    """No lineage is here."""

    def __init__(self) -> None:
        super().__init__("No existing certificates found", remedy="make one with `certonly -d NAME`")


class NothingChosen(OperatorError):
    """The person cancelled at the list."""

    def __init__(self) -> None:
        super().__init__("User ended interaction", remedy="choose from the list, or give --cert-name NAME")


def choose_certificates(session: Session, manager: Manager, doing: str) -> Sequence[CertificateName]:
    """One or several, damaged ones too; ``doing`` is the verb of the question.

    Raises NothingKept, NothingChosen, Unanswered.
    """
    wanted = session.settings.text("certname")
    if wanted is not None:
        return [CertificateName.parse(wanted)]
    present = manager.certificate_names()
    if not present:
        raise NothingKept
    try:
        indices = session.dialogue.checklist(
            f"Which certificate(s) would you like to {doing}?",
            [name.value for name in present],
            unattended=None,
            flag="--cert-name",
            insist=True,
        )
    except Cancelled:
        raise NothingChosen from None
    return [present[index] for index in indices]
