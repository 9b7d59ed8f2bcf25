"""``enhance``: add redirect, HSTS and the like to the web server's configuration."""

from __future__ import annotations

from everseal.cli.commands.install import choose_lineage
from everseal.cli.installing import NotForAddresses, demand_installer, install, requested_enhancements
from everseal.cli.session import Session
from everseal.model.errors import OperatorError
from everseal.model.names import IpAddress
from everseal.planning.installation import Installation


class NothingRequested(OperatorError):
    """Which enhancement was not said."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "Please specify one or more enhancement types to configure. To list the available enhancement "
            f"types, run:\n\n{program} --help enhance\n\nNo enhancements requested, exiting",
            remedy="give --redirect, --hsts, --uir, --staple-ocsp or --auto-hsts",
        )


class NotSupported(OperatorError):
    """The installer has no such enhancement."""

    def __init__(self) -> None:
        super().__init__(
            "One or more of the requested enhancements are not supported by the selected installer",
            remedy="leave --auto-hsts out",
        )


def run(session: Session) -> int:
    settings = session.settings
    if not settings.flag("auto_hsts") and not requested_enhancements(settings):
        raise NothingRequested(session.program)
    demand_installer(session)
    if settings.flag("auto_hsts"):
        raise NotSupported
    question = "Which certificate would you like to use to enhance your configuration?"
    lineage = choose_lineage(session, session.manager(), question)
    if any(isinstance(each, IpAddress) for each in lineage.certificate.identifiers):
        raise NotForAddresses
    return install(
        session,
        Installation(
            "enhance",
            settings.text("installer"),
            lineage.name,
            lineage.cert_path,
            lineage.privkey_path,
            requested_enhancements(settings),
        ),
    )
