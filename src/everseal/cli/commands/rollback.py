"""``rollback``: take back changes to the web server's configuration."""

from __future__ import annotations

from everseal.cli.installing import InstallerMissing, demand_known_installer
from everseal.cli.session import Session


def run(session: Session) -> int:
    """Nothing here changes web servers, so there is nothing to take back."""
    settings = session.settings
    demand_known_installer(settings)
    if settings.text("installer") is None and settings.flag("noninteractive_mode"):
        raise InstallerMissing
    session.console.notify("No web server configuration was changed here: there is nothing to take back.")
    return 0
