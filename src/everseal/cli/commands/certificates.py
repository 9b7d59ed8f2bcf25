"""``certificates``: what is kept here, verified.

Without a certificate whose CA has to be asked, nothing is loaded that talks to a CA.
"""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.model.names import CertificateName, parse_identifier
from everseal.reports.certificates import certificates_as_json, damage_warnings, render_certificates
from everseal.store.certbot_dir.store import CertbotStore
from everseal.system.clock import SystemClock
from everseal.system.log_records import WARNING
from everseal.wiring.listing import listing


def run(session: Session) -> int:
    settings = session.settings

    def is_revoked(name: CertificateName, version: int) -> bool:
        return session.manager().is_revoked(name, version)

    clock = SystemClock()
    texts = (*settings.items("domains"), *settings.items("ip_addresses"))
    found = listing(
        CertbotStore(settings.required("config_dir"), clock=clock),
        now=clock.now(),
        name=settings.text("certname"),
        identifiers={parse_identifier(text) for text in texts},
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
