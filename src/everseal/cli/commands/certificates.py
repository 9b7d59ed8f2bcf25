"""``certificates``: what is kept here, verified."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.model.names import parse_identifier
from everseal.reports.certificates import certificates_as_json, damage_warnings, render_certificates
from everseal.system.log_records import WARNING


def run(session: Session) -> int:
    settings = session.settings
    names = (*settings.items("domains"), *settings.items("ip_addresses"))
    wanted = {parse_identifier(text) for text in names}
    listing = session.manager().listing(name=settings.text("certname"), identifiers=wanted)
    for warning in damage_warnings(listing):
        session.console.warn(warning)
        session.log.write(WARNING, "everseal.cli", warning)
    if session.wants_json:
        session.tell_json(certificates_as_json(listing))
    else:
        session.console.notify(render_certificates(listing))
    return 0
