"""``everseal prune [NAME...]``: remove old versions with their keys, and other things nobody needs."""

from __future__ import annotations

from everseal.cli.endings import CHANGED, NOTHING
from everseal.cli.operands import all_names
from everseal.cli.session import Session
from everseal.planning.words import plural
from everseal.reports.pruning import prune_as_json, render_prune_plan


def run(session: Session) -> int:
    settings = session.settings
    manager = session.manager()
    plan = manager.plan_prune(all_names(session), expired=settings.flag("expired"))
    lineages = [(each.name, each.verdicts, each.whole) for each in plan.lineages]
    if settings.flag("plan"):
        if session.wants_json:
            session.tell_json(prune_as_json(lineages, plan.leftovers, removed=(), done=False))
        else:
            session.console.result(render_prune_plan(lineages, plan.leftovers))
        return session.end(CHANGED if plan.does_something else NOTHING)
    removed = manager.prune(plan)
    session.console.notify(render_prune_plan(lineages, plan.leftovers))
    session.console.notify(f"{plural(len(removed), 'file')} removed." if removed else "No file was removed.")
    session.tell_json(prune_as_json(lineages, plan.leftovers, removed=removed, done=True))
    return session.end(CHANGED if removed else NOTHING)
