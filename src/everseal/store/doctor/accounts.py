"""Judging accounts: can each be used, and do its files belong together?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from everseal.model.account import account_id
from everseal.model.diagnosis import Finding
from everseal.model.errors import BadKey
from everseal.model.private_key import PrivateKey
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.observation import SeenAccount


def account_findings(account: SeenAccount) -> Iterator[Finding]:
    """What is wrong with one account's files."""
    key = _key(account)
    if isinstance(key, str):
        yield _finding(account, "account-unreadable", key)
    elif account_id(key) != account.id:
        what = f"the key in {account.folder.path} is the one of the account {account_id(key)}"
        remedy = (
            "put private_key.json back from a backup; a folder that was only renamed gets its name back with "
            f"`mv {account.folder.path} {account.folder.path.removesuffix(account.id)}{account_id(key)}`"
        )
        yield _finding(account, "account-key-other", what, remedy)
    yield from _registration(account, None if isinstance(key, str) else key)
    yield from _meta(account)


def _key(account: SeenAccount) -> PrivateKey | str:
    """The key, or what is wrong with it."""
    jwk = _object(account, "private_key.json")
    if isinstance(jwk, str):
        return jwk
    try:
        return PrivateKey.from_jwk(jwk)
    except BadKey as error:
        return f"{account.folder.path}/private_key.json: {error.message}"


def _registration(account: SeenAccount, key: PrivateKey | None) -> Iterator[Finding]:
    registration = _object(account, "regr.json")
    if isinstance(registration, str):
        yield _finding(account, "account-unregistered", registration)
        return
    if not isinstance(registration.get("uri"), str) or not registration["uri"]:
        what = f"{account.folder.path}/regr.json does not say the account's address"
        yield _finding(account, "account-unregistered", what)
    body = registration.get("body")
    theirs = body.get("key") if isinstance(body, Mapping) else None
    if key is None or not isinstance(theirs, Mapping):
        return
    ours = key.public_jwk()
    if any(theirs.get(member) not in {None, value} for member, value in ours.items()):
        what = f"the registration in {account.folder.path} is for another key than the one beside it"
        yield _finding(account, "account-mismatch", what)


def _meta(account: SeenAccount) -> Iterator[Finding]:
    """Certbot wants both members, and a moment that it can read."""
    meta = _object(account, "meta.json")
    if isinstance(meta, str):
        why = meta
    elif isinstance(meta.get("creation_host"), str) and _is_moment(meta.get("creation_dt")):
        return
    else:
        why = f"{account.folder.path}/meta.json has not both creation_dt and creation_host"
    example = '{"creation_dt": "2026-01-31T00:00:00Z", "creation_host": "HOST"}'
    remedy = f"put it back from a backup, or write {example} to {account.folder.path}/meta.json"
    yield _finding(account, "account-undated", why, remedy)


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _object(account: SeenAccount, name: str) -> Mapping[str, object] | str:
    """A file's JSON object, or what is wrong with it."""
    path = f"{account.folder.path}/{name}"
    data = account.contents.get(name)
    if data is None:
        return f"{path} {'cannot be read' if name in account.entries else 'is missing'}"
    if not data.strip():
        return f"{path} is empty"
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return f"{path} is not JSON"
    return value if isinstance(value, dict) else f"{path} is not a JSON object"


def _finding(account: SeenAccount, code: str, what: str, remedy: str | None = None) -> Finding:
    usual = (
        f"put the files back from a backup; or `mv {account.folder.path} /root/` and "
        f"`everseal register --server https://{account.place}`"
    )
    return found(code, f"account {account.id} at {account.place}", what, remedy=remedy or usual)
