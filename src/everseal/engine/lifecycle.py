"""What happens to lineages and accounts besides issuance: revoked, deleted, registered, closed."""

from __future__ import annotations

from typing import Final

from everseal.acme.client import Account, Client
from everseal.acme.problems import AccountDoesNotExist, Unauthorized
from everseal.engine.account import as_account, is_closed, register
from everseal.engine.tools import Introduction, Workshop
from everseal.model.account import StoredAccount
from everseal.model.errors import LineageBroken, OperatorError
from everseal.model.events import Warned
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName

_WAIT: Final = 60.0


class AccountExists(OperatorError):
    """Registering once is enough."""

    def __init__(self, server: str) -> None:
        super().__init__(
            "There is an existing account; registration of a duplicate account with this command is "
            "currently unsupported",
            remedy=f"see the one at {server} with `show_account`, change its contact with `update_account`",
        )


class AccountMissing(OperatorError):
    """There is no account at the CA."""

    def __init__(self, server: str, what: str = "Could not find an existing account") -> None:
        super().__init__(f"{what} for server {server}", remedy="make one with `register`")


def register_only(
    server: str, contacts: tuple[str, ...], client: Client, introduction: Introduction, shop: Workshop
) -> Account:
    """A new account, where there is none yet.  Raises AccountExists."""
    with shop.store.run_lock(), shop.accounts.lock(server, wait=_WAIT):
        if shop.accounts.accounts(server):
            raise AccountExists(server)
        return register(server, contacts, client, introduction, shop)


def close_account(stored: StoredAccount, client: Client, shop: Workshop) -> Account:
    """Deactivate it at the CA, then forget it here (RFC 8555 section 7.3.6).

    An account that the CA has closed or lost already is forgotten too, with a word about it: an earlier
    run may have been interrupted between the two.
    """
    with shop.store.run_lock(), shop.accounts.lock(stored.server, wait=_WAIT):
        closed = as_account(stored)
        try:
            closed = client.deactivate_account(closed)
        except (AccountDoesNotExist, Unauthorized) as error:
            if not is_closed(closed, client):
                raise
            shop.emit(Warned(f"the CA has closed the account already ({error.problem}); it is removed here"))
        shop.accounts.delete(stored.server, stored.id)
    return closed


@dataclass(frozen=True, slots=True)
class Deletion:
    """A lineage that is gone: the paths removed, in order.

    ``damage`` is what was wrong with a renewal file that could not be read: only what lay in the default
    places was removed then.
    """

    name: CertificateName
    removed: tuple[str, ...]
    damage: OperatorError | None = None


def delete(name: CertificateName, shop: Workshop) -> Deletion:
    """Remove every file of a lineage, also of one that is damaged or half deleted; the CA is not told.

    Raises LineageMissing.
    """
    with shop.store.run_lock(), shop.store.lock(name, wait=_WAIT):
        finished = shop.store.recover(name).deleted
        if finished:
            return Deletion(name, finished)
        damage = _damage(name, shop)
        return Deletion(name, tuple(shop.store.delete(name)), damage)


def _damage(name: CertificateName, shop: Workshop) -> OperatorError | None:
    """Why the lineage's files cannot be found by its renewal file, if they cannot."""
    try:
        shop.store.load(name)
    except LineageBroken as error:
        return error
    return None
