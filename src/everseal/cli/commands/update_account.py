"""``update_account``: give the account other contacts, or none."""

from __future__ import annotations

from everseal.cli.account_plans import show_account_plan
from everseal.cli.consent import choose_account, usable_accounts, with_address
from everseal.cli.endings import CHANGED
from everseal.cli.session import Session
from everseal.engine.lifecycle import AccountMissing
from everseal.reports.accounts import account_as_json


def run(session: Session) -> int:
    server = session.settings.required("server")
    if not usable_accounts(session, session.settings):
        return session.refuse(AccountMissing(server))
    settings = session.settings
    if not settings.flag("plan"):
        settings = with_address(session, settings)
    settings = choose_account(session, settings)
    manager = session.manager(settings)
    plan = manager.plan_account("update")
    if settings.flag("plan"):
        return show_account_plan(session, plan)
    account = manager.change_account(plan)
    email = settings.text("email")
    if email:
        session.console.notify(f"Your e-mail address was updated to {email}.")
    else:
        session.console.notify("Any contact information associated with this account has been removed.")
    session.tell_json(account_as_json(server, account, "updated"))
    return session.end(CHANGED)
