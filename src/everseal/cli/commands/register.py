"""``register``: open an account at the CA."""

from __future__ import annotations

from everseal.cli.account_plans import show_account_plan
from everseal.cli.consent import ask_contact, usable_accounts
from everseal.cli.endings import CHANGED
from everseal.cli.session import Session
from everseal.engine.lifecycle import AccountExists
from everseal.reports.accounts import account_as_json


def run(session: Session) -> int:
    server = session.settings.required("server")
    if usable_accounts(session, session.settings):
        return session.refuse(AccountExists(server))
    settings = session.settings
    manager = session.manager(settings if settings.flag("plan") else ask_contact(session))
    plan = manager.plan_account("register")
    if settings.flag("plan"):
        return show_account_plan(session, plan)
    account = manager.change_account(plan)
    session.tell_json(account_as_json(server, account, "registered"))
    return session.end(CHANGED)
