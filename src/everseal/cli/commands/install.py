"""``install``: put a certificate that is here to use in the web server."""

from __future__ import annotations

import os

from everseal.cli.certificate_choice import NothingKept
from everseal.cli.installing import NotForAddresses, demand_installer, install, requested_enhancements
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.model.errors import OperatorError
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName, IpAddress
from everseal.planning.installation import Installation


class FileMissing(OperatorError):
    """A path that was given leads to no file."""

    def __init__(self, what: str, path: str) -> None:
        super().__init__(f"Error while reading {what} from path {path}", remedy="check the path")


def run(session: Session) -> int:
    demand_installer(session)
    settings = session.settings
    key, certificate = settings.text("key_path"), settings.text("cert_path")
    if settings.text("certname") is None and key is not None and certificate is not None:
        name = None
    else:
        lineage = choose_lineage(session, session.manager(), "Which certificate would you like to install?")
        if any(isinstance(each, IpAddress) for each in lineage.certificate.identifiers):
            raise NotForAddresses
        name = lineage.name
        certificate, key = certificate or lineage.cert_path, key or lineage.privkey_path
    _demand_files(certificate, key)
    skipped = requested_enhancements(settings)
    return install(
        session, Installation("install", settings.text("installer"), name, certificate, key, skipped)
    )


def choose_lineage(session: Session, manager: Manager, question: str) -> Lineage:
    """The lineage of ``--cert-name``, or the one a person chooses.

    Raises LineageMissing, LineageBroken, NothingKept, Unanswered, Cancelled.
    """
    name = session.settings.text("certname")
    if name is not None:
        return manager.lineage(CertificateName.parse(name))
    present = [each.name for each in manager.lineages()]
    if not present:
        raise NothingKept
    chosen = session.dialogue.menu(
        question, [each.value for each in present], unattended=None, flag="--cert-name", insist=True
    )
    return manager.lineage(present[chosen])


def _demand_files(certificate: str, key: str) -> None:
    for what, path in (("certificate", certificate), ("private key", key)):
        if not os.path.isfile(path):
            raise FileMissing(what, path)
