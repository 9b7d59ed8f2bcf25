"""``renew``: renew everything that is due."""

from __future__ import annotations

from everseal.cli.commands.certonly import status
from everseal.cli.commands.plan import show
from everseal.cli.session import Session
from everseal.engine.outcome import Failed, Left, Overtaken, Rehearsed, Reported, RunReport, Saved
from everseal.reports.renewals import RenewalSummary, to_stderr, to_stdout


def run(session: Session) -> int:
    manager = session.manager()
    dry_run = session.settings.flag("dry_run")
    plan = manager.plan_renewals(remember_advice=not dry_run and not session.settings.flag("plan"))
    if session.settings.flag("plan"):
        show(session, plan)
        return 0
    report = manager.apply(plan, before_post=lambda outcomes: _summarise(session, outcomes))
    verdict = _summary(session, report).verdict
    if verdict is not None:
        session.console.error(verdict)
        return 1
    return status(session, report)


def _summarise(session: Session, report: RunReport) -> None:
    for outcome in report.failed:
        session.console.error(
            f"Failed to renew certificate {outcome.action.name} with error: {outcome.error.message}"
        )
        session.console.error(f"To mend it: {outcome.error.remedy}")
    for broken in report.outcomes:
        if isinstance(broken, Reported):
            session.console.error(
                f"Renewal configuration file {broken.action.conf_path} is broken: {broken.action.message}. "
                f"To mend it: {broken.action.remedy}"
            )
    summary = _summary(session, report)
    session.console.notify(to_stdout(summary))
    failures = to_stderr(summary)
    if failures is not None:
        session.console.error(failures)


def _summary(session: Session, report: RunReport) -> RenewalSummary:
    renewed, failed, skipped, unreadable = [], [], [], []
    for outcome in report.outcomes:
        match outcome:
            case Saved(lineage=lineage) | Overtaken(lineage=lineage):
                renewed.append(lineage.fullchain_path)
            case Rehearsed(action=action):
                renewed.append(action.live_fullchain)
            case Failed(action=action):
                failed.append(action.live_fullchain)
            case Left(action=action):
                skipped.append(f"{action.fullchain_path} expires on {action.not_after:%Y-%m-%d}")
            case Reported(action=action):
                unreadable.append(action.conf_path)
    settings = session.settings
    return RenewalSummary(
        renewed,
        failed,
        skipped,
        unreadable,
        dry_run=settings.flag("dry_run"),
        hooks_given=any(settings.text(dest) for dest in ("pre_hook", "deploy_hook", "post_hook")),
    )
