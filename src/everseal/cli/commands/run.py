"""``run``: obtain or renew one certificate, and put it to use in the web server."""

from __future__ import annotations

from everseal.cli.answers import answered_plan, tell_dropped_names
from everseal.cli.commands.plan import show
from everseal.cli.installing import (
    NotForAddresses,
    demand_installer,
    https_names,
    put_to_use,
    requested_enhancements,
)
from everseal.cli.outcomes import finish, next_steps, tell, tell_next_steps
from everseal.cli.session import Session
from everseal.cli.spending import settled
from everseal.engine.outcome import Left, Outcome, Saved
from everseal.model.names import IpAddress
from everseal.planning.installation import Installation


def run(session: Session) -> int:
    demand_installer(session)
    manager = session.manager()
    manager.check_hooks()
    answered = answered_plan(session, verb="run")
    if session.settings.flag("plan"):
        return show(session, answered.plan)
    names = [each for action in answered.plan.issues for each in action.identifiers]
    if any(isinstance(each, IpAddress) for each in names):
        raise NotForAddresses
    tell_dropped_names(session, answered)
    report = answered.manager.apply(settled(session, answered.plan))
    for outcome in report.outcomes:
        if not isinstance(outcome, Left):
            tell(session, outcome, answered.settings)
        _install(session, outcome)
    if report.saved:
        tell_next_steps(session, next_steps(session, answered.settings))
    return finish(session, report)


def _install(session: Session, outcome: Outcome) -> None:
    """The certificate that came, or the one that was kept."""
    match outcome:
        case Saved(identifiers=identifiers):
            names = [each.value for each in identifiers]
        case Left(action=left):
            names = [each.value for each in left.identifiers]
        case _:
            return
    settings = session.settings
    put_to_use(
        session,
        Installation("install", settings.text("installer"), skipped=requested_enhancements(settings)),
    )
    if isinstance(outcome, Saved) and not outcome.action.new:
        session.console.notify(
            "Your existing certificate has been successfully renewed, and the new certificate has been "
            "installed."
        )
    else:
        session.console.notify(
            f"Congratulations! You have successfully enabled HTTPS on {https_names(names)}"
        )
