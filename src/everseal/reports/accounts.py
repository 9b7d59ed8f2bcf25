"""An account, in the lines that scripts match and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from everseal.acme.client import Account
from everseal.acme.jws import thumbprint
from everseal.model.text import printable

SCHEMA: Final = "everseal.account"
VERSION: Final = 1

Change = Literal["registered", "updated", "deactivated"]


def render_account(server: str, account: Account) -> str:
    """The lines of ``show_account``."""
    addresses = [printable(each.removeprefix("mailto:")) for each in account.contacts if _is_mail(each)]
    return "\n".join(
        [
            f"Account details for server {server}:",
            f"  Account URL: {printable(account.url)}",
            f"  Account Thumbprint: {thumbprint(account.signer.public_jwk())}",
            f"  Email contact{'s' if len(addresses) > 1 else ''}: {', '.join(addresses) or 'none'}",
        ]
    )


def account_as_json(server: str, account: Account, change: Change | None = None) -> Mapping[str, object]:
    """Schema ``everseal.account``, version 1; ``change`` is what was done to it, if anything."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "server": server,
        "url": account.url,
        "thumbprint": thumbprint(account.signer.public_jwk()),
        "contacts": list(account.contacts),
        "change": change,
    }


def _is_mail(contact: str) -> bool:
    return contact.startswith("mailto:")
