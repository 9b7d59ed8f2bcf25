"""Showing what would be done to an account."""

from __future__ import annotations

from everseal.cli.endings import CHANGED
from everseal.cli.session import Session
from everseal.planning.errands import AccountChange
from everseal.reports.errands import account_plan_as_json, render_account_plan


def show_account_plan(session: Session, plan: AccountChange) -> int:
    """Gives the exit status."""
    session.show(plan, account_plan_as_json, render_account_plan)
    return session.end(CHANGED)
