"""What a person says before an account is used or opened: which one, and a contact.

Each has an option that answers it beforehand, and each says what happens when nobody is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from everseal.cli.dialogue import Cancelled, Dialogue
from everseal.cli.session import Session
from everseal.cli.terms import ask_address
from everseal.model.account import StoredAccount
from everseal.model.errors import OperatorError
from everseal.settings.values import RUN, Settings
from everseal.system.log_records import DEBUG


class NoAccountChosen(OperatorError):
    """The person cancelled at the list of accounts."""

    def __init__(self) -> None:
        super().__init__("No account has been chosen", remedy="choose one, or name it with --account ID")


def ask_contact(session: Session, settings: Settings | None = None) -> Settings:
    """The settings with the account that is meant, or the contact of the one that will be opened.

    Call it before anything is planned.  Raises NoAddress, NoAccountChosen, Unanswered.
    """
    settings = settings or session.settings
    if settings.text("account") is not None or usable_accounts(session, settings):
        return choose_account(session, settings)
    return settings if settings.flag("dry_run") else with_address(session, settings)


def choose_account(session: Session, settings: Settings) -> Settings:
    """The settings with the account that is meant where there are several.

    Raises NoAccountChosen, Unanswered.
    """
    if settings.text("account") is not None:
        return settings
    accounts = usable_accounts(session, settings)
    if len(accounts) <= 1:
        return settings
    return settings.with_values({"account": _choose(session.dialogue, accounts).id}, RUN)


def usable_accounts(session: Session, settings: Settings) -> Sequence[StoredAccount]:
    """The accounts on disk at the CA; those that cannot be used are told to the log only."""
    usable = []
    for each in session.manager(settings).accounts():
        if isinstance(each, StoredAccount):
            usable.append(each)
        else:
            session.log.write(DEBUG, "everseal.cli", f"account {each.directory} is skipped: {each.reason}")
    return usable


def with_address(session: Session, settings: Settings) -> Settings:
    """The settings with an address or without one, as a person says; without one where nobody is there."""
    if settings.text("email") is not None or settings.flag("register_unsafely_without_email"):
        return settings
    return settings.with_values({"email": ask_address(session.dialogue)}, RUN)


def _choose(dialogue: Dialogue, accounts: Sequence[StoredAccount]) -> StoredAccount:
    try:
        chosen = dialogue.menu(
            "Please choose an account",
            [_label(each) for each in accounts],
            unattended=None,
            flag="--account",
            insist=True,
        )
    except Cancelled:
        raise NoAccountChosen from None
    return accounts[chosen]


def _label(account: StoredAccount) -> str:
    made = "" if account.created is None else f"{account.created:%Y-%m-%dT%H:%M:%SZ}"
    return f"{account.host or ''}@{made} ({account.id[:4]})"
