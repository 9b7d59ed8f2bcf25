"""``certonly``: obtain or renew one certificate, and touch no web server."""

from __future__ import annotations

from everseal.cli.answers import answered_plan, tell_dropped_names
from everseal.cli.commands.plan import show
from everseal.cli.delivery import deliver
from everseal.cli.exporting import export_kept
from everseal.cli.installing import demand_known_installer
from everseal.cli.outcomes import close
from everseal.cli.session import Session
from everseal.cli.spending import settled


def run(session: Session) -> int:
    demand_known_installer(session.settings)
    session.manager().check_hooks()
    if session.settings.text("csr") is not None:
        return deliver(session)
    answered = answered_plan(session)
    if session.settings.flag("plan"):
        return show(session, answered.plan)
    tell_dropped_names(session, answered)
    report = answered.manager.apply(settled(session, answered.plan))
    export_kept(session, answered.manager, report)
    return close(session, report, answered.settings)
