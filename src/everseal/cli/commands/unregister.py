"""``unregister``: close the account at the CA for good, and remove it here."""

from __future__ import annotations

from everseal.cli.account_plans import show_account_plan
from everseal.cli.consent import choose_account, usable_accounts
from everseal.cli.endings import CHANGED
from everseal.cli.session import Session
from everseal.engine.lifecycle import AccountMissing
from everseal.model.errors import OperatorError
from everseal.reports.accounts import account_as_json


class Aborted(OperatorError):
    """The person thought better of it."""

    def __init__(self) -> None:
        super().__init__("Deactivation aborted", remedy="nothing was changed; the account is as it was")


def run(session: Session) -> int:
    server = session.settings.required("server")
    if not usable_accounts(session, session.settings):
        return session.refuse(AccountMissing(server, "Could not find existing account"))
    if session.settings.flag("plan"):
        manager = session.manager(choose_account(session, session.settings))
        return show_account_plan(session, manager.plan_account("deactivate"))
    agreed = session.dialogue.yes_or_no(
        "Are you sure you would like to irrevocably deactivate your account?",
        unattended=True,
        yes="Deactivate",
        no="Abort",
    )
    if not agreed:
        aborted = Aborted()
        session.console.error(f"{aborted.message}.")
        return session.end_with(aborted)
    manager = session.manager(choose_account(session, session.settings))
    account = manager.change_account(manager.plan_account("deactivate"))
    session.console.notify("Account deactivated.")
    session.tell_json(account_as_json(server, account, "deactivated"))
    return session.end(CHANGED)
