"""What ``--out DIR`` and the verb ``export`` share: copies of a certificate, told to the operator."""

from __future__ import annotations

from everseal.cli.session import Session
from everseal.engine.exporting import ExportDone
from everseal.engine.outcome import Left, RunReport
from everseal.manager import Manager
from everseal.wiring import wishes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.wiring.upkeep import ExportPlan


def copy(session: Session, manager: Manager, plan: ExportPlan, *, keep: bool) -> tuple[ExportDone, ...]:
    """Write the copies and say where they are."""
    done = manager.export(plan, keep=keep)
    for each in done:
        session.console.notify(f"Version {plan.version} of {plan.name} is copied to {', '.join(each.paths)}.")
    if keep:
        session.console.notify("Each new version is copied there too.")
    return done


def export_kept(session: Session, manager: Manager, report: RunReport) -> None:
    """``--out`` for a certificate that was there already and stays: a new one is copied on its way in."""
    target = wishes.export_target(session.settings, "out")
    for outcome in report.outcomes:
        if target is not None and isinstance(outcome, Left):
            copy(session, manager, manager.plan_export(outcome.action.name, target), keep=True)
