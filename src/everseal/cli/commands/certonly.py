"""``certonly``: obtain or renew one certificate, and touch no web server."""

from __future__ import annotations

from everseal.cli.answers import answered_plan
from everseal.cli.commands.plan import show
from everseal.cli.narrator import saved_notice
from everseal.cli.session import Session
from everseal.engine.outcome import Failed, Left, Outcome, Overtaken, Rehearsed, Reported, RunReport, Saved
from everseal.model.errors import HookFailed, UsageError
from everseal.reports.frames import framed


def run(session: Session) -> int:
    settings = session.settings
    if not (settings.items("domains") or settings.items("ip_addresses") or settings.text("certname")):
        raise UsageError(
            "no names were given for the certificate",
            remedy="give them with -d, such as `-d example.com -d www.example.com`",
        )
    manager = session.manager()
    plan = answered_plan(session, manager)
    if settings.flag("plan"):
        show(session, plan)
        return 0
    report = manager.apply(plan)
    for outcome in report.outcomes:
        _tell(session, outcome)
    return status(session, report)


def status(session: Session, report: RunReport) -> int:
    """1 where something failed; failing hooks count only under ``--strict-hooks``."""
    hook_failures = [*report.hook_failures, *(each for done in report.saved for each in done.hook_failures)]
    if hook_failures and session.settings.flag("strict_hooks"):
        session.console.fail(
            HookFailed(
                "; ".join(hook_failures), remedy="see what the hook wrote, mend it, and run it by hand"
            )
        )
        return 1
    return 1 if report.failed else 0


def _tell(session: Session, outcome: Outcome) -> None:
    console = session.console
    match outcome:
        case Saved():
            console.notify(saved_notice(outcome))
        case Rehearsed():
            console.notify("The dry run was successful.")
        case Left():
            console.notify(framed("Certificate not yet due for renewal; no action taken."))
        case Overtaken():
            console.notify(f"Another run has just renewed {outcome.action.name}; nothing was done.")
        case Failed():
            console.fail(outcome.error)
        case Reported():
            console.error(outcome.action.message)
