"""``certificates``: what is kept here, verified."""

from __future__ import annotations

import json

from everseal.cli.session import Session
from everseal.model.names import parse_identifier
from everseal.reports.certificates import certificates_as_json, render_certificates


def run(session: Session) -> int:
    settings = session.settings
    manager = session.manager()
    wanted = {
        parse_identifier(text) for text in (*settings.items("domains"), *settings.items("ip_addresses"))
    }
    name = settings.text("certname")
    listing = manager.listing(name=name, identifiers=wanted)
    if session.wants_json:
        shown = certificates_as_json(listing.sound, listing.damaged, now=listing.now)
        session.console.result(json.dumps(shown, indent=2))
    else:
        filtered = bool(wanted) or name is not None
        session.console.notify(
            render_certificates(listing.sound, listing.damaged, filtered=filtered, now=listing.now)
        )
    return 0
