"""The account an order is placed with: the one on disk, or a new one with the operator's consent."""

from __future__ import annotations

from typing import Final, assert_never

from everseal.acme.client import Account, Client
from everseal.engine.tools import Introduction, Tools, Workshop
from everseal.model.account import StoredAccount
from everseal.model.errors import OperatorError
from everseal.model.events import AccountRegistered
from everseal.model.private_key import PrivateKey
from everseal.planning.plan import AccountStep, RegisterAccount, UseAccount
from everseal.ports import AccountStore

_LOCK_WAIT: Final = 120.0


class AccountGone(OperatorError):
    """The account a plan counted on is not on disk any more."""

    def __init__(self, account_id: str, server: str) -> None:
        super().__init__(
            f"Account at {server} with id {account_id} does not exist",
            remedy="see the accounts with `show_account`, or register one with `register`",
        )


class TermsNotAgreed(OperatorError):
    """The CA's terms of service were not agreed to."""

    def __init__(self, terms_url: str) -> None:
        super().__init__(
            f"You must agree to the terms of service of the CA to register: {terms_url}",
            remedy="read them and give --agree-tos",
        )


class EabRequired(OperatorError):
    """The CA registers accounts only for its customers (RFC 8555 section 7.3.4)."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"the CA at {server} requires external account binding",
            remedy="get a key identifier and an HMAC key from the CA and give --eab-kid and --eab-hmac-key",
        )


def account_for(step: AccountStep, server: str, tools: Tools, shop: Workshop) -> Account:
    """The account of ``step``, registered now if it has to be; several orders register only once."""
    match step:
        case UseAccount(id=wanted):
            return as_account(_stored(shop.accounts, server, wanted))
        case RegisterAccount(contacts=contacts):
            with shop.accounts.lock(server, wait=_LOCK_WAIT):
                present = shop.accounts.accounts(server)
                if present:
                    return as_account(present[0])
                stored = register(server, contacts, tools.client, tools.introduction, shop)
            return as_account(stored)
        case _:
            assert_never(step)


def register(
    server: str, contacts: tuple[str, ...], client: Client, introduction: Introduction, shop: Workshop
) -> StoredAccount:
    """Make a key, register it, save both; the caller holds the account lock.

    Raises TermsNotAgreed, EabRequired and what the CA says.
    """
    meta = client.directory().meta
    if meta.external_account_required and introduction.eab is None:
        raise EabRequired(server)
    if meta.terms_of_service is not None and not introduction.consent.agrees(server, meta.terms_of_service):
        raise TermsNotAgreed(meta.terms_of_service)
    key = PrivateKey.generate(introduction.key_kind)
    account = client.register(key, contacts=contacts, terms_agreed=True, eab=introduction.eab)
    stored = shop.accounts.save(server, key, account.url, created=shop.clock.now(), host=introduction.host)
    shop.emit(AccountRegistered(server, account.url))
    return stored


def as_account(stored: StoredAccount) -> Account:
    """The account as requests are signed for it."""
    return Account(url=stored.url, signer=stored.key)


def _stored(accounts: AccountStore, server: str, wanted: str) -> StoredAccount:
    for account in accounts.accounts(server):
        if account.id == wanted:
            return account
    raise AccountGone(wanted, server)
