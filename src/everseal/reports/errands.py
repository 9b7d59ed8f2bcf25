"""Plans for deletions, revocations and accounts, in words that a newcomer understands and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from everseal.model.epoch import stamp
from everseal.planning.errands import AccountChange, DeletionPlan, LineageDeletion, Revocation
from everseal.planning.plan import RegisterAccount, UseAccount
from everseal.planning.words import every
from everseal.reports.errors import error_as_json
from everseal.reports.fields import field, request_as_json, request_lines
from everseal.reports.members import stamp_if_known

DELETION_PLAN: Final = "everseal.deletion-plan"
REVOCATION_PLAN: Final = "everseal.revocation-plan"
ACCOUNT_PLAN: Final = "everseal.account-plan"
VERSION: Final = 1

Json = Mapping[str, object]

_HEADLINES: Final = {
    "register": "open an account",
    "update": "give the account other contacts",
    "deactivate": "close the account for good, and remove it here",
}


def render_deletion_plan(plan: DeletionPlan) -> str:
    """What would go and why, ending with a newline."""
    return "\n".join(line for each in plan.lineages for line in _deletion(each)) + "\n"


def deletion_plan_as_json(plan: DeletionPlan) -> Json:
    """Schema ``everseal.deletion-plan``, version 1."""
    return {
        "schema": DELETION_PLAN,
        "schema_version": VERSION,
        "certificates": [_deletion_as_json(each) for each in plan.lineages],
    }


def render_revocation_plan(plan: Revocation) -> str:
    """What would be asked of the CA and what would go, ending with a newline."""
    signer = "the certificate's own key" if plan.signer is None else f"the account {plan.signer.url}"
    lines = [f"Revoke the certificate {plan.serial:x}"]
    lines += field("Why", [plan.sentence])
    lines += field("File", [plan.path])
    lines += field("Names", [every(plan.identifiers)])
    lines += field("Kept as", [each.value for each in plan.holders])
    lines += field("CA", [plan.server])
    lines += field("Signed by", [signer])
    lines += field("Requests", list(request_lines(plan.requests)))
    for each in () if plan.deletion is None else plan.deletion.lineages:
        lines += ["", "Then, unless you say no:", *_deletion(each)]
    return "\n".join(lines) + "\n"


def revocation_plan_as_json(plan: Revocation) -> Json:
    """Schema ``everseal.revocation-plan``, version 1."""
    deleted = () if plan.deletion is None else plan.deletion.lineages
    return {
        "schema": REVOCATION_PLAN,
        "schema_version": VERSION,
        "certificate_path": plan.path,
        "serial": f"{plan.serial:x}",
        "identifiers": [each.value for each in plan.identifiers],
        "not_after": stamp(plan.not_after),
        "reason": {"code": plan.reason, "name": plan.reason_name, "sentence": plan.sentence},
        "certificates": [each.value for each in plan.holders],
        "server": plan.server,
        "account": None if plan.signer is None else {"id": plan.signer.id, "url": plan.signer.url},
        "requests": [request_as_json(each) for each in plan.requests],
        "deletes": [_deletion_as_json(each) for each in deleted],
    }


def render_account_plan(plan: AccountChange) -> str:
    """What would be asked of the CA and written here, ending with a newline."""
    lines = [f"{plan.server}: {_HEADLINES[plan.verb]}"]
    lines += field("Why", [plan.sentence])
    if isinstance(plan.account, UseAccount):
        lines += field("Account", [plan.account.url])
    elif plan.account.with_eab:
        lines += field("Account", ["bound to your account with the CA"])
    if plan.verb != "deactivate":
        lines += field("Contacts", [each.removeprefix("mailto:") for each in plan.contacts] or ["none"])
    lines += field("Requests", list(request_lines(plan.requests)))
    lines += field("Files", [f"{each.path}  ({each.what})" for each in plan.files])
    return "\n".join(lines) + "\n"


def account_plan_as_json(plan: AccountChange) -> Json:
    """Schema ``everseal.account-plan``, version 1."""
    account = plan.account
    return {
        "schema": ACCOUNT_PLAN,
        "schema_version": VERSION,
        "change": plan.verb,
        "reason": plan.sentence,
        "server": plan.server,
        "account": None if isinstance(account, RegisterAccount) else {"id": account.id, "url": account.url},
        "eab": isinstance(account, RegisterAccount) and account.with_eab,
        "contacts": list(plan.contacts),
        "requests": [request_as_json(each) for each in plan.requests],
        "files": [{"path": each.path, "what": each.what} for each in plan.files],
    }


def _deletion(each: LineageDeletion) -> Iterator[str]:
    yield f"{each.name}: delete it"
    yield from field("Why", [each.sentence])
    yield from field("Removes", each.paths)


def _deletion_as_json(each: LineageDeletion) -> Json:
    return {
        "name": each.name.value,
        "reason": each.sentence,
        "not_after": stamp_if_known(each.not_after),
        "damage": None if each.damage is None else error_as_json(each.damage),
        "paths": list(each.paths),
    }
