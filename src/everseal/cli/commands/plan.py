"""``everseal plan``: what ``renew`` would do, or with ``-d`` what ``certonly`` would, and why."""

from __future__ import annotations

import json

from everseal.cli.answers import answered_plan
from everseal.cli.session import Session
from everseal.planning.plan import Plan
from everseal.reports.plan_json import plan_as_json
from everseal.reports.plan_text import render_plan


def run(session: Session) -> int:
    asks_for_names = bool(session.settings.items("domains") or session.settings.items("ip_addresses"))
    plan = answered_plan(session).plan if asks_for_names else session.manager().plan_renewals()
    show(session, plan)
    return 1 if plan.reports or plan.blocked else 0


def show(session: Session, plan: Plan) -> None:
    if session.wants_json:
        session.console.result(json.dumps(plan_as_json(plan), indent=2))
    else:
        session.console.result(render_plan(plan))
