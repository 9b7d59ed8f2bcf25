"""``show_account``: the account as the CA knows it."""

from __future__ import annotations

import json

from everseal.acme.jws import thumbprint
from everseal.cli.session import Session
from everseal.model.text import printable


def run(session: Session) -> int:
    manager = session.manager()
    account = manager.account_at_ca()
    server = session.settings.required("server")
    print_of_key = thumbprint(account.signer.public_jwk())
    addresses = [printable(each.removeprefix("mailto:")) for each in account.contacts]
    if session.wants_json:
        session.console.result(
            json.dumps(
                {
                    "schema": "everseal.account",
                    "schema_version": 1,
                    "server": server,
                    "url": account.url,
                    "thumbprint": print_of_key,
                    "contacts": list(account.contacts),
                },
                indent=2,
            )
        )
        return 0
    lines = [
        f"Account details for server {server}:",
        f"  Account URL: {account.url}",
        f"  Account Thumbprint: {print_of_key}",
        _contact_line(addresses),
    ]
    session.console.notify("\n".join(lines))
    return 0


def _contact_line(addresses: list[str]) -> str:
    match addresses:
        case []:
            return "  Email contact: none"
        case [one]:
            return f"  Email contact: {one}"
        case _:
            return f"  Email contacts: {', '.join(addresses)}"
