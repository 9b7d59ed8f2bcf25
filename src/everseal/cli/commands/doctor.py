"""``everseal doctor [NAME...]``: what is wrong in the directory and why; ``--fix`` mends it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from everseal.cli.endings import ATTENTION, CHANGED, NOTHING
from everseal.cli.operands import all_names
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.model.diagnosis import Diagnosis, Fix, Mending
from everseal.model.names import CertificateName
from everseal.reports.diagnosis import diagnosis_as_json, render_diagnosis, render_fixes, render_mendings
from everseal.system.log_records import INFO

# What one round mends may uncover what the next one can.
_ROUNDS: Final = 5


def run(session: Session) -> int:
    settings = session.settings
    manager = session.manager()
    names = all_names(session)
    diagnosis = _examine(session, manager, names)
    mendings: list[Mending] = []
    if settings.flag("fix") and diagnosis.fixes:
        diagnosis = _mend(session, manager, names, diagnosis, mendings)
    elif not session.wants_json:
        session.console.result(render_diagnosis(diagnosis))
    session.tell_json(diagnosis_as_json(diagnosis, mendings))
    if diagnosis.is_damaged:
        return session.end(ATTENTION)
    return session.end(CHANGED if any(not each.failure for each in mendings) else NOTHING)


def _examine(session: Session, manager: Manager, names: Collection[CertificateName]) -> Diagnosis:
    return manager.examine(names, network=session.settings.flag("network"))


def _mend(
    session: Session,
    manager: Manager,
    names: Collection[CertificateName],
    diagnosis: Diagnosis,
    mendings: list[Mending],
) -> Diagnosis:
    """Show, ask, mend, look again, as long as that uncovers something else that can be mended."""
    session.console.notify(render_diagnosis(diagnosis))
    tried: set[Fix] = set()
    for _ in range(_ROUNDS):
        fixes = [fix for fix in diagnosis.fixes if fix not in tried]
        chosen = _agreed(session, fixes) if fixes else []
        if not chosen:
            return diagnosis
        tried.update(fixes)
        done = manager.mend_findings(chosen)
        mendings += done
        session.console.notify(render_mendings(done))
        for each in done:
            session.log.write(INFO, "everseal.cli", f"{each.fix!r}: {each.failure or 'done'}")
        diagnosis = _examine(session, manager, names)
        session.console.notify(f"\nLooked again:\n{render_diagnosis(diagnosis)}")
    return diagnosis


def _agreed(session: Session, fixes: list[Fix]) -> list[Fix]:
    """All of them where a person says so; of its own accord only the safe ones."""
    settings = session.settings
    session.console.notify(f"\nThis would be done:\n{render_fixes(fixes)}")
    if settings.flag("plan"):
        return []
    if settings.flag("noninteractive_mode"):
        return [fix for fix in fixes if fix.safe]
    agreed = session.dialogue.yes_or_no("Do this now?", unattended=None, flag="--non-interactive")
    return fixes if agreed else []
