"""``rollback``: take back changes to the web server's configuration."""

from __future__ import annotations

from everseal.cli.console import sentence
from everseal.cli.installing import InstallerMissing, demand_known_installer, install
from everseal.cli.session import Session
from everseal.planning.installation import Installation


def run(session: Session) -> int:
    """Nothing here changes web servers, so there is nothing to take back."""
    settings = session.settings
    demand_known_installer(settings)
    if settings.text("installer") is None and settings.flag("noninteractive_mode"):
        raise InstallerMissing
    plan = Installation("rollback", settings.text("installer"))
    if not settings.flag("plan"):
        session.console.notify(sentence(plan.sentence.capitalize()))
    return install(session, plan)
