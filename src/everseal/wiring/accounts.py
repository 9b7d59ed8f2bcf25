"""Which account an order is placed with, and what else depends on it."""

from __future__ import annotations

from everseal.acme.ari import certificate_id
from everseal.engine.account import EabRequired
from everseal.model.errors import OperatorError
from everseal.model.lineage import Lineage
from everseal.planning.issuing_ca import issuing_ca
from everseal.planning.plan import AccountStep, RegisterAccount, UseAccount
from everseal.settings.known_authorities import known_authorities
from everseal.settings.values import Settings
from everseal.wiring import wishes
from everseal.wiring.house import House


class AccountUnknown(OperatorError):
    """``--account``, or a renewal file, names an account that is not there."""

    def __init__(self, account_id: str, server: str, present: tuple[str, ...]) -> None:
        super().__init__(
            f"Account at {server} with id {account_id} does not exist",
            remedy=f"give --account with the id of one that does, {' or '.join(present)}; it is kept"
            if present
            else "open an account with `register`, then give its id with --account",
        )


class AccountAmbiguous(OperatorError):
    """Several accounts at the CA and none named."""

    def __init__(self, server: str, ids: tuple[str, ...]) -> None:
        super().__init__(
            f"there are {len(ids)} accounts at {server}: {', '.join(ids)}",
            remedy="choose one with --account ID",
        )


def account_step(house: House, settings: Settings) -> AccountStep:
    """Which account an order is placed with.  Raises AccountUnknown, AccountAmbiguous, EabRequired."""
    server = settings.required("server")
    accounts = house.accounts.accounts(server)
    wanted = settings.text("account")
    if wanted:
        for account in accounts:
            if account.id == wanted:
                return UseAccount(account.id, account.url)
        raise AccountUnknown(wanted, server, tuple(account.id for account in accounts))
    match accounts:
        case []:
            bound = house.binding(settings, server) is not None
            known = known_authorities().at(server)
            if known is not None and known.eab is not None and not bound:
                raise EabRequired(server)
            return RegisterAccount(wishes.contacts(settings), bound)
        case [only]:
            return UseAccount(only.id, only.url)
        case several:
            raise AccountAmbiguous(server, tuple(account.id for account in several))


def replaced(present: Lineage | None, server: str, account: AccountStep, *, dry_run: bool) -> str | None:
    """The ARI identifier of the certificate that the new one follows, where the same account at the same CA
    has it (RFC 9773 section 5)."""
    issuer = None if present is None else issuing_ca(present)
    if present is None or issuer is None or dry_run or issuer.server != server:
        return None
    if issuer.account is not None and not (isinstance(account, UseAccount) and account.id == issuer.account):
        return None
    return certificate_id(present.certificate)
