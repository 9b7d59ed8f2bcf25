"""``everseal restore FILE [NAME...]``: bring back what is in a backup, all of it or some certificates."""

from __future__ import annotations

from everseal.cli.backup_file import FileWanted, backup_path, opening
from everseal.cli.endings import CHANGED, FAILED, HOOKS_FAILED, NOTHING, SOME_FAILED
from everseal.cli.operands import all_names
from everseal.cli.session import Session
from everseal.cli.strict_hooks import demand_good_hooks
from everseal.model.errors import OperatorError
from everseal.planning.restoring import LeaveAsIs, RestoreOutline
from everseal.reports.restoring import render_restore_plan, restore_as_json, restore_summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.store.backup.restoring import Restored


class NotRestored(OperatorError):
    """Something of the backup could not be brought back."""

    def __init__(self, told: str) -> None:
        super().__init__(
            f"not everything was brought back: {told}", remedy="see to that, and run the same command again"
        )


def run(session: Session) -> int:
    settings = session.settings
    if not session.words:
        raise FileWanted("restore takes the file to bring back", f"{session.program} restore FILE")
    manager = session.manager()
    plan = manager.plan_restore(
        backup_path(session),
        all_names(session, after=1),
        opening(settings),
        overwrite=settings.flag("overwrite"),
    )
    if settings.flag("plan"):
        session.tell_json(restore_as_json(plan.outline, done=False))
        session.console.result(render_restore_plan(plan.outline))
        return session.end(CHANGED if plan.outline.does_something else NOTHING)
    session.console.notify(render_restore_plan(plan.outline))
    if not plan.outline.does_something:
        session.console.notify("Nothing to bring back.")
    elif not _agreed(session):
        session.tell_json(restore_as_json(plan.outline, done=False))
        return session.end(NOTHING)
    return _close(session, manager.restore(plan))


def _agreed(session: Session) -> bool:
    """Where nobody is there the command itself is the answer: what is newer stays without ``--overwrite``."""
    return session.dialogue.yes_or_no("Do this now?", unattended=True)


def _close(session: Session, restored: Restored) -> int:
    """Tell what was done.  Raises HookFailed."""
    outline = restored.outline
    failures = {name.value: error.message for name, error in restored.failures}
    if outline.does_something:
        session.console.notify(restore_summary(outline, failed=len(failures)))
    session.tell_json(
        restore_as_json(outline, done=True, failures=failures, hook_failures=restored.hook_failures)
    )
    told = [*(f"{name}: {message}" for name, message in failures.items()), *_impossible(outline)]
    if told:
        session.fail(NotRestored("; ".join(told)))
        return session.end(SOME_FAILED if restored.did_something else FAILED)
    demand_good_hooks(session, restored.hook_failures)
    if restored.hook_failures:
        return session.end(HOOKS_FAILED)
    return session.end(CHANGED if restored.did_something else NOTHING)


def _impossible(outline: RestoreOutline) -> list[str]:
    """What is in the way, or of no use."""
    told = [
        f"{each.name}: {each.decision.reason.sentence}"
        for each in outline.lineages
        if isinstance(each.decision, LeaveAsIs) and each.decision.is_failure
    ]
    return told + [f"something else is at {each.path}" for each in outline.files if each.fate == "in-the-way"]
