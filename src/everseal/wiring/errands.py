"""Plans for deletions, revocations and accounts, and what carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from everseal.acme.client import Account
from everseal.engine import lifecycle
from everseal.engine import revoke as revoking
from everseal.engine.account import as_account
from everseal.model.account import StoredAccount
from everseal.model.certificate import read_certificate
from everseal.model.errors import LineageBroken, LineageMissing
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.model.private_key import PrivateKey
from everseal.planning.errands import AccountChange, AccountVerb, DeletionPlan, LineageDeletion, Revocation
from everseal.planning.plan import PlannedFile, RegisterAccount, UseAccount
from everseal.planning.requests import Acquaintance, PlannedRequest, errand
from everseal.wiring import wishes
from everseal.wiring.accounts import account_step
from everseal.wiring.clients import external_account
from everseal.wiring.house import House
from everseal.wiring.planned_files import account_files


def plan_deletion(house: House, names: Sequence[CertificateName]) -> DeletionPlan:
    """Raises LineageMissing."""
    return DeletionPlan(tuple(_deletion(house, name) for name in names))


def delete(house: House, plan: DeletionPlan) -> tuple[lifecycle.Deletion, ...]:
    """Each lineage is looked at again under its lock.  Raises LineageMissing, Busy, StoreUnusable."""
    workshop = house.workshop()
    return tuple(lifecycle.delete(each.name, workshop) for each in plan.lineages)


def plan_revocation(
    house: House,
    path: str,
    certificate_pem: bytes,
    reason: revoking.Reason,
    *,
    with_key: bool,
    holders: Sequence[Lineage] = (),
    deletes: bool = False,
) -> Revocation:
    """``with_key`` signs with the certificate's own key; ``deletes`` the first of ``holders`` afterwards.

    Raises BadCertificate, AccountMissing, AccountAmbiguous, AccountUnknown.
    """
    facts = read_certificate(certificate_pem)
    server = house.settings.required("server")
    return Revocation(
        path=path,
        certificate_pem=certificate_pem,
        serial=facts.serial,
        identifiers=facts.identifiers,
        not_after=facts.not_after,
        reason=int(reason),
        reason_name=reason.name.lower(),
        server=server,
        signer=None if with_key else _account(house),
        requests=errand(_known(house), PlannedRequest("revokeCert", "ask the CA to revoke the certificate")),
        holders=tuple(each.name for each in holders),
        deletion=plan_deletion(house, [holders[0].name]) if deletes and holders else None,
    )


def revoke(house: House, plan: Revocation, key_pem: bytes | None) -> None:
    """Raises AcmeError, BadKey, AccountMissing."""
    client = house.clients.client(house.settings)
    reason = revoking.Reason(plan.reason)
    if plan.signer is None:
        assert key_pem is not None, "the plan says that the certificate's key signs"
        revoking.revoke_with_key(client, PrivateKey.from_pem(key_pem), plan.certificate_pem, reason)
    else:
        account = as_account(stored_account(house, plan.signer))
        revoking.revoke_as_account(client, account, plan.certificate_pem, reason)


def plan_account(house: House, verb: AccountVerb) -> AccountChange:
    """Raises AccountExists, AccountMissing, AccountAmbiguous, AccountUnknown."""
    settings = house.settings
    server = settings.required("server")
    match verb:
        case "register":
            if house.accounts.accounts(server):
                raise lifecycle.AccountExists(server)
            contacts = wishes.contacts(settings)
            step = RegisterAccount(contacts, external_account(settings) is not None)
            files = account_files(house, server, step)
            requests = errand(_known(house, account=False))
            return AccountChange(verb, server, step, contacts, requests, tuple(files))
        case "update":
            asked = PlannedRequest("account", "give the account these contacts")
            contacts = wishes.contacts(settings)
            return AccountChange(verb, server, _account(house), contacts, errand(_known(house), asked))
        case "deactivate":
            asked = PlannedRequest("account", "close the account")
            mine = _account(house)
            folder = f"{house.accounts.place(server)}/{mine.id}"
            gone = PlannedFile(folder, "the account's key and address: removed")
            return AccountChange(verb, server, mine, (), errand(_known(house), asked), (gone,))
        case _:
            assert_never(verb)


def change_account(house: House, plan: AccountChange) -> Account:
    """Raises AccountExists, RegistrationFailed, AcmeError, AccountMissing."""
    client = house.clients.client(house.settings)
    match plan.account:
        case RegisterAccount():
            introduction = house.introduction(house.settings)
            with house.limits:
                shop = house.workshop()
                return lifecycle.register_only(plan.server, plan.contacts, client, introduction, shop)
        case UseAccount() as step if plan.verb == "update":
            return client.update_contacts(as_account(stored_account(house, step)), plan.contacts)
        case UseAccount() as step:
            return lifecycle.close_account(stored_account(house, step), client, house.workshop())
        case _:
            assert_never(plan.account)


def stored_account(house: House, step: UseAccount) -> StoredAccount:
    """The account of a plan, with its key.  Raises AccountMissing where it is gone meanwhile."""
    server = house.settings.required("server")
    for each in house.accounts.accounts(server):
        if each.id == step.id:
            return each
    raise lifecycle.AccountMissing(server)


def _account(house: House) -> UseAccount:
    step = account_step(house, house.settings)
    if isinstance(step, RegisterAccount):
        raise lifecycle.AccountMissing(house.settings.required("server"))
    return step


def _deletion(house: House, name: CertificateName) -> LineageDeletion:
    paths = tuple(house.store.deletion_paths(name))
    try:
        lineage = house.store.load(name)
    except LineageBroken as error:
        return LineageDeletion(name, paths, damage=error)
    except LineageMissing:
        return LineageDeletion(name, paths)
    return LineageDeletion(name, paths, lineage.certificate.not_after)


def _known(house: House, *, account: bool = True) -> Acquaintance:
    server, now = house.settings.required("server"), house.surroundings.clock.now()
    remembered = house.store.state.remembered_directory(server, now) is not None
    return Acquaintance(directory=remembered, account=account)
