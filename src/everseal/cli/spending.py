"""Before a certificate is ordered that is not due: is it worth what it costs of the CA's limits?"""

from __future__ import annotations

from dataclasses import replace

from everseal.cli.session import Session
from everseal.planning.ahead import asks_before_last, blocked
from everseal.planning.limits import Use
from everseal.planning.plan import Action, Issue, Plan
from everseal.planning.refusals import LastOfSet
from everseal.planning.words import roughly
from everseal.reports.limits_text import needless_line


def settled(session: Session, plan: Plan) -> Plan:
    """The plan without what nobody wants to spend; what is needless is pointed out and goes ahead."""
    for action in plan.issues:
        line = needless_line(action, plan)
        if line is not None:
            session.console.notify(f"{action.name}: {line}")
    return replace(plan, actions=tuple(_settled(session, action) for action in plan.actions))


def _settled(session: Session, action: Action) -> Action:
    if not isinstance(action, Issue) or not asks_before_last(action):
        return action
    use = action.forecast.last_of_set
    if use is None or session.settings.flag("despite_limits") or _agreed(session, action, use):
        return action
    return blocked(action, LastOfSet(action.name.value, use.bucket))


def _agreed(session: Session, action: Issue, use: Use) -> bool:
    limit = use.bucket.limit
    return session.dialogue.yes_or_no(
        f"{action.name} is not due, and this would be the last of {limit.capacity:,} {use.bucket.what} "
        f"{limit.pace}. Should it get lost, the next one may be {roughly(limit.refill)} away. Obtain it "
        "now?",
        unattended=False,
        yes="Obtain it",
        no="Keep the present one",
    )
