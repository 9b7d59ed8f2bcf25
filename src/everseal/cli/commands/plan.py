"""``everseal plan``: what ``renew`` would do, or with ``-d`` what ``certonly`` would, and why."""

from __future__ import annotations

from everseal.cli.answers import answered_plan
from everseal.cli.endings import ATTENTION, CHANGED, NOTHING, WAITING, Ending
from everseal.cli.quietly import roll_called
from everseal.cli.session import Session
from everseal.planning.plan import Leave, Plan
from everseal.reports.plan_json import plan_as_json
from everseal.reports.plan_text import render_plan


def run(session: Session) -> int:
    asks_for_names = bool(session.settings.items("domains") or session.settings.items("ip_addresses"))
    if asks_for_names:
        return show(session, answered_plan(session).plan)
    return show(session, session.manager().plan_renewals(roll=roll_called(session)))


def show(session: Session, plan: Plan) -> int:
    """Tell what would be done; the exit status says whether anything would, and whether it could be."""
    session.show(plan, plan_as_json, render_plan)
    return session.end(_ending(plan))


def _ending(plan: Plan) -> Ending:
    if plan.reports or plan.blocked:
        return ATTENTION
    left = [action for action in plan.actions if isinstance(action, Leave)]
    if any(action.is_put_off for action in left):
        return WAITING
    return CHANGED if plan.issues or any(action.relink is not None for action in left) else NOTHING
