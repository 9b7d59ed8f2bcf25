"""``certificates``: what is kept here, verified.

Without a certificate whose CA has to be asked, nothing is loaded that talks to a CA; where all is as it was
when it was verified, next to nothing.
"""

from __future__ import annotations

from everseal.reports.certificates import certificates_as_json, damage_warnings, render_certificates
from everseal.system.clock import SystemClock
from everseal.system.log_records import WARNING
from everseal.wiring.listing import listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from everseal.cli.session import Session
    from everseal.model.names import CertificateName, Identifier


def run(session: Session) -> int:
    settings = session.settings

    def is_revoked(name: CertificateName, version: int) -> bool:
        return session.manager().is_revoked(name, version)

    found = listing(
        settings.required("config_dir"),
        now=SystemClock().now(),
        name=settings.text("certname"),
        identifiers=_identifiers((*settings.items("domains"), *settings.items("ip_addresses"))),
        is_revoked=is_revoked,
    )
    for warning in damage_warnings(found):
        session.console.warn(warning)
        session.log.write(WARNING, "everseal.cli", warning)
    if session.wants_json:
        session.tell_json(certificates_as_json(found))
    else:
        session.console.notify(render_certificates(found))
    return 0


def _identifiers(texts: Collection[str]) -> Collection[Identifier]:
    """Raises BadName."""
    if not texts:
        return ()
    from everseal.model.names import parse_identifier

    return {parse_identifier(text) for text in texts}
