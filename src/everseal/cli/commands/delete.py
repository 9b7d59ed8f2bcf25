"""``delete``: remove a lineage's files; the CA is not told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from everseal.cli.certificate_choice import choose_certificates
from everseal.cli.endings import CHANGED, NOTHING
from everseal.cli.session import Session
from everseal.engine.lifecycle import Deletion
from everseal.manager import Manager
from everseal.planning.errands import DeletionPlan
from everseal.reports.deletions import deletions_as_json
from everseal.reports.errands import deletion_plan_as_json, render_deletion_plan
from everseal.system.log_records import INFO

_QUESTION: Final = (
    "The following certificate(s) are selected for deletion:\n\n{}\n\n"
    "WARNING: Before continuing, ensure that the listed certificates are not being used by any installed "
    "server software (e.g. Apache, nginx, mail servers). Deleting a certificate that is still being used "
    "will cause the server software to stop working. See https://certbot.org/deleting-certs for information "
    "on deleting certificates safely.\n\n"
    "Are you sure you want to delete the above certificate(s)?"
)


def run(session: Session) -> int:
    manager = session.manager()
    plan = manager.plan_deletion(choose_certificates(session, manager, "delete"))
    if session.settings.flag("plan"):
        session.show(plan, deletion_plan_as_json, render_deletion_plan)
        return session.end(CHANGED)
    deletions = delete_if_sure(session, manager, plan)
    session.tell_json(deletions_as_json((each.name.value, each.removed) for each in deletions))
    return session.end(CHANGED if deletions else NOTHING)


def delete_if_sure(session: Session, manager: Manager, plan: DeletionPlan) -> Sequence[Deletion]:
    """Ask, then delete one after the other; nothing where a person does not want it."""
    listed = "\n".join(f"  * {each.name}" for each in plan.lineages)
    if not session.dialogue.yes_or_no(_QUESTION.format(listed), unattended=True):
        session.log.write(INFO, "everseal.cli", "Deletion of certificate(s) canceled.")
        return ()
    deletions: list[Deletion] = []
    for each in plan.lineages:
        deletions += manager.delete(DeletionPlan((each,)))
        _tell(session, deletions[-1])
    return deletions


def _tell(session: Session, deletion: Deletion) -> None:
    """What is gone; of a damaged lineage each path, since its renewal file may have meant others."""
    if deletion.damage is not None:
        session.console.warn(f"{deletion.damage.message}. These paths were removed:")
        for path in deletion.removed:
            session.console.warn(f"  {path}")
    session.console.notify(f"Deleted all files relating to certificate {deletion.name}.")
