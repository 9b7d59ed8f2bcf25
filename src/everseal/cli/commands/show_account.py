"""``show_account``: the account as the CA knows it."""

from __future__ import annotations

from everseal.cli.consent import choose_account, usable_accounts
from everseal.cli.session import Session
from everseal.engine.lifecycle import AccountMissing
from everseal.reports.accounts import account_as_json, render_account


def run(session: Session) -> int:
    server = session.settings.required("server")
    if not usable_accounts(session, session.settings):
        return session.refuse(AccountMissing(server))
    account = session.manager(choose_account(session, session.settings)).account_at_ca()
    if session.wants_json:
        session.tell_json(account_as_json(server, account))
    else:
        session.console.notify(render_account(server, account))
    return 0
