"""The account an order is placed with: the one on disk, or a new one with the operator's consent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, assert_never

from everseal.acme.client import Account, Client
from everseal.acme.problems import AcmeError, InvalidContact, Problem, Unauthorized
from everseal.acme.states import AccountStatus
from everseal.engine.limits import demand_room, note_account
from everseal.engine.tools import Introduction, Tools, Workshop
from everseal.model.account import StoredAccount
from everseal.model.errors import OperatorError
from everseal.model.events import AccountRegistered
from everseal.model.private_key import PrivateKey
from everseal.planning.limits import OrderAhead
from everseal.planning.plan import AccountStep, RegisterAccount, UseAccount
from everseal.ports import AccountStore
from everseal.settings.known_authorities import known_authorities
from everseal.system.http import HttpFailure

_LOCK_WAIT: Final = 120.0


class AccountGone(OperatorError):
    """The account a plan counted on is not on disk any more."""

    def __init__(self, account_id: str, server: str) -> None:
        super().__init__(
            f"Account at {server} with id {account_id} does not exist",
            remedy="see the accounts with `show_account`, or register one with `register`",
        )


class AccountClosed(AcmeError):
    """The CA has closed the account of an order, or lost it."""

    def __init__(self, refusal: AcmeError, account_url: str) -> None:
        super().__init__(
            refusal.problem,
            context=f"{refusal.context}, for the account {account_url} is no longer open",
            url=refusal.url,
            remedy="remove it here with `unregister`, open another with `register`, then run the same "
            "command again: it says how to go on with the new account",
        )


class RegistrationFailed(OperatorError):
    """No account could be opened: the terms, the external account or the CA's own verdict are in the way.

    ``problem`` is what the CA said, where it said something.
    """

    def __init__(self, why: str, *, remedy: str, problem: Problem | None = None) -> None:
        super().__init__(f"Unable to register an account with ACME server. {why}", remedy=remedy)
        self.problem = problem

    @property
    def retry_at(self) -> datetime | None:
        """When the CA wants to be asked again, where it said so."""
        return None if self.problem is None else self.problem.retry_at


class TermsNotAgreed(RegistrationFailed):
    """The CA's terms of service were not agreed to."""

    def __init__(self, terms_url: str) -> None:
        super().__init__(
            f"Registration cannot proceed without accepting Terms of Service: {terms_url}",
            remedy="read them and give --agree-tos",
        )


class EabRequired(RegistrationFailed):
    """The CA registers accounts only for its customers (RFC 8555 section 7.3.4)."""

    def __init__(self, server: str) -> None:
        known = known_authorities().at(server)
        how = "" if known is None or known.eab is None else f": {known.eab}"
        super().__init__(
            "Server requires external account binding. Please use --eab-kid and --eab-hmac-key",
            remedy=f"get a key identifier and an HMAC key from the CA at {server} and give both{how}",
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
                return register(server, contacts, tools.client, tools.introduction, shop)
        case _:
            assert_never(step)


def register(
    server: str, contacts: tuple[str, ...], client: Client, introduction: Introduction, shop: Workshop
) -> Account:
    """Make a key, keep it, register it, save the account; the caller holds the account lock.

    The key is durable before the CA sees it: where the answer is lost, or the run is killed, the next one
    takes the same key, and the account that it has at the CA.  Raises RegistrationFailed, HttpFailure,
    WouldBeRefused, StoreUnusable.
    """
    found, unknown = _look_up(shop.accounts.begun(server), client)
    if found is not None:
        return _keep(server, *found, introduction, shop)
    demand_room(OrderAhead(server, None, ()), shop)
    meta = client.directory().meta
    if meta.external_account_required and introduction.eab is None:
        raise EabRequired(server)
    if meta.terms_of_service is not None and not introduction.consent.agrees(server, meta.terms_of_service):
        raise TermsNotAgreed(meta.terms_of_service)
    begun = next((key for key in unknown if key.kind == introduction.key_kind), None)
    key = begun or PrivateKey.generate(introduction.key_kind)
    shop.accounts.begin(server, key)
    try:
        account = _introduce(key, contacts, client, introduction)
    except RegistrationFailed:
        if begun is None:
            shop.accounts.give_up(server, key)
        raise
    return _keep(server, key, account, introduction, shop)


def _look_up(
    begun: Iterable[PrivateKey], client: Client
) -> tuple[tuple[PrivateKey, Account] | None, Sequence[PrivateKey]]:
    """Of the keys that interrupted runs were about to register: one that has an account, with it, and those
    that the CA has never seen."""
    unknown = []
    for key in begun:
        try:
            account = client.find_account(key)
        except Unauthorized:
            continue
        except AcmeError as error:
            raise _failed(error) from error
        if account is None:
            unknown.append(key)
        elif account.status is AccountStatus.VALID:
            return (key, account), unknown
    return None, unknown


def _keep(
    server: str, key: PrivateKey, account: Account, introduction: Introduction, shop: Workshop
) -> Account:
    shop.accounts.save(server, key, account.url, created=shop.clock.now(), host=introduction.host)
    if introduction.eab_used is not None:
        introduction.eab_used()
    note_account(server, account, shop)
    shop.emit(AccountRegistered(server, account.url))
    return account


def _introduce(
    key: PrivateKey, contacts: tuple[str, ...], client: Client, introduction: Introduction
) -> Account:
    """Register ``key``; while the CA dislikes the contacts and a person is there, with other ones."""
    while True:
        try:
            return client.register(key, contacts=contacts, terms_agreed=True, eab=introduction.eab)
        except InvalidContact as error:
            if introduction.other_contacts is None:
                raise _failed(error) from error
            contacts = introduction.other_contacts()
        except AcmeError as error:
            raise _failed(error) from error


def _failed(error: AcmeError) -> RegistrationFailed:
    why = f"Error returned by the ACME server: {error.message}"
    return RegistrationFailed(why, remedy=error.remedy, problem=error.problem)


def is_closed(account: Account, client: Client) -> bool:
    """Whether the CA says that it has no open account for the key; False where it cannot be asked."""
    try:
        found = client.find_account(account.signer)
    except Unauthorized:
        return True
    except (AcmeError, HttpFailure):
        return False
    return found is None or found.status is not AccountStatus.VALID


def as_account(stored: StoredAccount) -> Account:
    """The account as requests are signed for it."""
    return Account(url=stored.url, signer=stored.key)


def _stored(accounts: AccountStore, server: str, wanted: str) -> StoredAccount:
    for account in accounts.accounts(server):
        if account.id == wanted:
            return account
    raise AccountGone(wanted, server)
