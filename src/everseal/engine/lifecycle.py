"""What happens to lineages and accounts besides issuance: revoked, deleted, registered, closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from everseal.acme.client import Client
from everseal.engine.account import as_account, register
from everseal.engine.tools import Introduction, Workshop
from everseal.model.account import StoredAccount
from everseal.model.errors import OperatorError
from everseal.model.names import CertificateName

_WAIT: Final = 60.0


class AccountExists(OperatorError):
    """Registering once is enough."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"There is an existing account; registration of a duplicate account at {server} is not supported",
            remedy="see it with `show_account`, change its contact with `update_account`",
        )


class AccountMissing(OperatorError):
    """There is no account at the CA."""

    def __init__(self, server: str) -> None:
        super().__init__(
            f"Could not find an existing account for server {server}", remedy="make one with `register`"
        )


def register_only(
    server: str, contacts: tuple[str, ...], client: Client, introduction: Introduction, shop: Workshop
) -> StoredAccount:
    """A new account, where there is none yet.  Raises AccountExists."""
    with shop.store.run_lock(), shop.accounts.lock(server, wait=_WAIT):
        if shop.accounts.accounts(server):
            raise AccountExists(server)
        return register(server, contacts, client, introduction, shop)


def update_contacts(stored: StoredAccount, contacts: tuple[str, ...], client: Client) -> None:
    client.update_contacts(as_account(stored), contacts)


def close_account(stored: StoredAccount, client: Client, shop: Workshop) -> None:
    """Deactivate it at the CA, then forget it here (RFC 8555 section 7.3.6)."""
    with shop.store.run_lock(), shop.accounts.lock(stored.server, wait=_WAIT):
        client.deactivate_account(as_account(stored))
        shop.accounts.delete(stored.server, stored.id)


def delete(names: Sequence[CertificateName], shop: Workshop) -> None:
    """Remove every file of these lineages; the CA is not told."""
    with shop.store.run_lock():
        for name in names:
            with shop.store.lock(name, wait=_WAIT):
                shop.store.recover(name)
                shop.store.delete(name)
