"""What ``renew`` does where something has to be done, or may have to be."""

from __future__ import annotations

import sys
import time
from typing import Final

from everseal.cli.commands.plan import show
from everseal.cli.installing import NULL
from everseal.cli.metrics import write_run_metrics
from everseal.cli.outcomes import ending, finish
from everseal.cli.quietly import hooks_given, rest
from everseal.cli.run_document import outcome_name, tell_run
from everseal.cli.session import Session
from everseal.cli.spending import settled
from everseal.cli.stopping import listening, new_switch
from everseal.engine.outcome import (
    Delivered,
    Failed,
    Left,
    Overtaken,
    Rehearsed,
    Reported,
    RunReport,
    Saved,
    Stopped,
)
from everseal.manager import Manager
from everseal.model.errors import HookFailed, OperatorError
from everseal.planning.moments import lifetime_of, run_interval
from everseal.planning.plan import Plan
from everseal.reports.renewals import RenewalSummary, to_stderr, to_stdout
from everseal.wiring.rollcall import RollCall

_SHORTEST_REST: Final = 1.0
_LONGEST_REST: Final = 480.0


class RenewalsFailed(OperatorError):
    """Some lineages are as they were, each for a reason that was told."""

    def __init__(self, verdict: str, program: str) -> None:
        super().__init__(
            verdict, remedy=f"see above what keeps each of them; then run `{program} renew` again"
        )


class RunStopped(OperatorError):
    """Somebody asked the run to end before everything was renewed."""

    def __init__(self, report: RunReport) -> None:
        counts = [
            f"{len(report.saved) + len(report.rehearsed)} renewed",
            f"{len(report.failed)} failed",
            f"{sum(each.begun for each in report.stopped)} broken off",
            f"{sum(not each.begun for each in report.stopped)} not begun",
        ]
        super().__init__(
            f"The run was stopped before it was done: {', '.join(counts)}",
            remedy="run the same command again: it goes on where this one left off",
        )


def renew(session: Session, roll: RollCall | None) -> int:
    """``roll`` says what rests, where that is known."""
    stop = new_switch()
    manager = session.manager(stop=stop)
    manager.check_hooks()
    dry_run = session.settings.flag("dry_run")
    remember = not dry_run and not session.settings.flag("plan")
    if roll is not None and remember and roll.asking:
        manager.ask_about(roll)
        if roll.is_quiet and (status := rest(session, roll)) is not None:
            return status
    plan = manager.plan_renewals(remember_advice=remember, roll=roll)
    if session.settings.flag("plan"):
        return show(session, plan)
    plan = settled(session, plan)
    _rest(session, manager, plan)
    jobs = session.settings.number("jobs")
    began = time.monotonic()
    with listening(stop):
        report = manager.apply(plan, jobs=jobs, before_post=lambda outcomes: _summarise(session, outcomes))
    status = _close(session, report)
    if not dry_run:
        outcomes = map(outcome_name, report.outcomes)
        write_run_metrics(session, manager, outcomes, status, seconds=time.monotonic() - began)
    return status


def _close(session: Session, report: RunReport) -> int:
    """Tell what failed; gives the exit status."""
    error = _error(session, report)
    if error is None:
        try:
            return finish(session, report)
        except HookFailed as failure:
            return session.fail(failure)
    ended = ending(report)
    tell_run(session, report, ended)
    session.fail(error)
    return session.end(ended)


def _error(session: Session, report: RunReport) -> OperatorError | None:
    if report.stopped:
        return RunStopped(report)
    verdict = _summary(session, report).verdict
    return None if verdict is None else RenewalsFailed(verdict, session.program)


def _rest(session: Session, manager: Manager, plan: Plan) -> None:
    """Spread unattended runs, which start on the hour everywhere, before anything is ordered."""
    settings = session.settings
    wanted = settings.flag("random_sleep_on_renew") and not sys.stdin.isatty()
    if not wanted or not plan.issues or settings.flag("dry_run") or settings.flag("renew_by_default"):
        return
    longest = _longest_rest(plan)
    seconds = manager.draw(min(_SHORTEST_REST, longest), longest)
    session.console.notify(
        f"Non-interactive renewal: random delay of {seconds:.1f} seconds "
        "(--no-random-sleep-on-renew leaves it out)"
    )
    manager.rest(seconds)


def _longest_rest(plan: Plan) -> float:
    """In seconds; no certificate waits for longer than its next run is away."""
    followed = [each.follows for each in plan.issues if each.follows is not None]
    runs = (run_interval(lifetime_of(each.not_before, each.not_after)) for each in followed)
    return min([_LONGEST_REST, *(each.total_seconds() for each in runs)])


def _tell_reloads(session: Session, report: RunReport) -> None:
    """What the installer kept in a renewal file would do now."""
    for saved in report.saved:
        name = saved.action.installer
        if name == NULL:
            session.console.notify(f"Reloading {name} server after certificate renewal")
        elif name is not None:
            session.console.warn(
                f"The renewal file of {saved.action.name} names the installer {name}, which is not part of "
                f"Everseal yet: {name} was not reloaded. Reload it yourself, and from now on with "
                f"`{session.program} reconfigure --cert-name {saved.action.name} --deploy-hook COMMAND`."
            )


def _summarise(session: Session, report: RunReport) -> None:
    _tell_reloads(session, report)
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
            case Failed(action=blocked):
                failed.append(blocked.live_fullchain)
            case Left(action=left):
                waits = f"; {left.reason.sentence}" if left.is_put_off else ""
                skipped.append(f"{left.fullchain_path} expires on {left.not_after:%Y-%m-%d}{waits}")
            case Reported(action=broken):
                unreadable.append(broken.conf_path)
            case Delivered() | Stopped():
                pass
    settings = session.settings
    return RenewalSummary(
        renewed=renewed,
        failed=failed,
        skipped=skipped,
        unreadable=unreadable,
        dry_run=settings.flag("dry_run"),
        hooks_given=hooks_given(settings),
    )
