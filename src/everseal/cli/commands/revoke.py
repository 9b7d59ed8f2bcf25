"""``revoke``: tell the CA that a certificate must not be trusted any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from everseal.cli.commands.delete import delete_if_sure
from everseal.cli.consent import choose_account, usable_accounts
from everseal.cli.endings import CHANGED
from everseal.cli.session import Session
from everseal.engine.lifecycle import Deletion
from everseal.engine.revoke import Reason, holders, share_archive
from everseal.manager import Manager
from everseal.model.errors import OperatorError
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.planning.errands import Revocation
from everseal.planning.issuing_ca import issuing_ca
from everseal.reports.deletions import revocation_as_json
from everseal.reports.errands import render_revocation_plan, revocation_plan_as_json
from everseal.settings.values import RUN, Settings
from everseal.system.files import read_file
from everseal.system.log_records import WARNING

_EXACTLY_ONE: Final = "Error! Exactly one of --cert-path or --cert-name must be specified!"


class ExactlyOne(OperatorError):
    """Which certificate is meant has to be said once."""

    def __init__(self) -> None:
        super().__init__(_EXACTLY_ONE, remedy="see the names with `certificates`")


class NoSuchFile(OperatorError):
    """A path on the command line leads nowhere."""

    def __init__(self, path: str) -> None:
        super().__init__(f"there is no file {path}", remedy="see the paths with `certificates`")


class OfNoLineage(OperatorError):
    """The files to delete cannot be told from the certificate's path."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"No match found for cert-path {path}!",
            remedy="the certificate is revoked; delete its files with `delete --cert-name NAME`",
        )


def run(session: Session) -> int:
    settings = session.settings
    name, path = settings.text("certname"), settings.text("cert_path")
    lineages = [each for each in session.manager().lineages() if isinstance(each, Lineage)]
    found: Sequence[Lineage]
    if name is not None and path is None:
        lineage = session.manager().lineage(CertificateName.parse(name))
        found, path = (lineage,), lineage.cert_path
    elif path is not None and name is None:
        found = holders(path, lineages)
    else:
        raise ExactlyOne
    manager, plan, key = _plan(session, path, found, lineages)
    if settings.flag("plan"):
        session.show(plan, revocation_plan_as_json, render_revocation_plan)
        return session.end(CHANGED)
    manager.revoke(plan, key_pem=key)
    try:
        deleted = _delete_too(session, manager, plan, found)
    finally:
        session.console.notify(
            f"Congratulations! You have successfully revoked the certificate that was located at {path}."
        )
    told = revocation_as_json(
        path,
        serial=plan.serial,
        reason=plan.reason,
        server=plan.server,
        deleted=[each.name.value for each in deleted],
    )
    session.tell_json(told)
    return session.end(CHANGED)


def _plan(
    session: Session, path: str, found: Sequence[Lineage], lineages: Sequence[Lineage]
) -> tuple[Manager, Revocation, bytes | None]:
    """With the key that was given, or as the account; whom it is done with comes first, the key last."""
    certificate = _read(path)
    settings = session.settings if len(found) != 1 else _at_its_ca(session, found[0])
    key_path = settings.text("key_path")
    if key_path is None:
        settings = choose_account(session, settings)
    key = None if key_path is None else _read(key_path)
    manager = session.manager(settings)
    plan = manager.plan_revocation(
        path,
        certificate,
        _reason(settings),
        with_key=key is not None,
        holders=found,
        deletes=_may_delete(settings, found, lineages),
    )
    return manager, plan, key


def _may_delete(settings: Settings, found: Sequence[Lineage], lineages: Sequence[Lineage]) -> bool:
    """Whether the files go too if nobody says no, since no other lineage would lose its files with them."""
    wanted = settings.choice("delete_after_revoke") is not False
    return wanted and len(found) == 1 and not share_archive(found[0], lineages)


def _at_its_ca(session: Session, lineage: Lineage) -> Settings:
    """The CA that issued and the account there, unless another CA was named for this run."""
    settings = session.settings
    ca = issuing_ca(lineage)
    if ca is None or any(map(settings.is_explicit, ("server", "ca", "staging"))):
        return settings
    settings = settings.with_values({"server": ca.server}, RUN)
    known = {each.id for each in usable_accounts(session, settings)}
    if settings.text("account") is None and ca.account in known:
        return settings.with_values({"account": ca.account}, RUN)
    return settings


def _delete_too(
    session: Session, manager: Manager, plan: Revocation, found: Sequence[Lineage]
) -> Sequence[Deletion]:
    """Delete what was revoked if it is wanted, unless another lineage would lose its files with it."""
    wanted = session.settings.choice("delete_after_revoke")
    if wanted is None and found:
        wanted = session.dialogue.yes_or_no(
            "Would you like to delete the certificate(s) you just revoked, along with all earlier and later "
            "versions of the certificate?",
            unattended=True,
            yes="Yes (recommended)",
            insist=True,
        )
    if not wanted:
        return ()
    if not found:
        raise OfNoLineage(plan.path)
    if plan.deletion is None:
        warning = (
            "Not deleting revoked certificates due to overlapping archive dirs. "
            f"More than one certificate is using {found[0].archive_dir}"
        )
        session.console.warn(warning)
        session.log.write(WARNING, "everseal.cli", warning)
        return ()
    return delete_if_sure(session, manager, plan.deletion)


def _reason(settings: Settings) -> Reason:
    return Reason[settings.required("reason").upper()]


def _read(path: str) -> bytes:
    try:
        return read_file(path, streams=True)
    except FileNotFoundError:
        raise NoSuchFile(path) from None
