"""``update_account``: give the account other contacts, or none."""

from __future__ import annotations

from everseal.cli.consent import choose_account, usable_accounts, with_address
from everseal.cli.endings import CHANGED
from everseal.cli.session import Session
from everseal.engine.lifecycle import AccountMissing
from everseal.reports.accounts import account_as_json


def run(session: Session) -> int:
    server = session.settings.required("server")
    if not usable_accounts(session, session.settings):
        return session.refuse(AccountMissing(server))
    settings = choose_account(session, with_address(session, session.settings))
    account = session.manager(settings).update_contacts()
    email = settings.text("email")
    if email:
        session.console.notify(f"Your e-mail address was updated to {email}.")
    else:
        session.console.notify("Any contact information associated with this account has been removed.")
    session.tell_json(account_as_json(server, account, "updated"))
    return session.end(CHANGED)
