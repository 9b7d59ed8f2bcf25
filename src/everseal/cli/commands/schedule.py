"""``everseal schedule install|show|remove``: what starts renewals on this machine."""

from __future__ import annotations

from everseal.cli.endings import CHANGED, NOTHING
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.model.errors import UsageError
from everseal.reports.schedule import render_installation, render_schedule, schedule_as_json


class ScheduleActionWanted(UsageError):
    """What to do was not said."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "schedule is followed by one of install, show and remove",
            remedy=f"write it as `{program} schedule install`; it shows what it would write, and asks",
        )


def run(session: Session) -> int:
    manager = session.manager()
    match session.words:
        case ("install",):
            return _install(session, manager)
        case ("show",):
            outline = manager.schedule()
            session.tell_json(schedule_as_json(outline, "show"))
            session.console.result(render_schedule(outline))
            return session.end(NOTHING)
        case ("remove",):
            return _remove(session, manager)
        case _:
            raise ScheduleActionWanted(session.program)


def _install(session: Session, manager: Manager) -> int:
    planned = session.settings.flag("plan")
    outline = manager.schedule(draws=not planned)
    if planned or outline.manner == "crontab":
        session.tell_json(schedule_as_json(outline, "install"))
        session.console.result(render_installation(outline))
        return session.end(CHANGED if outline.differs else NOTHING)
    session.console.notify(render_installation(outline))
    if not outline.differs:
        session.console.notify("It is installed already; nothing to do.")
    if not outline.differs or not _agreed(session):
        session.tell_json(schedule_as_json(outline, "install"))
        return session.end(NOTHING)
    changed = manager.install_schedule()
    outline = manager.schedule()
    session.console.notify(f"Installed.\n{render_schedule(outline)}")
    session.tell_json(schedule_as_json(outline, "install", changed=changed))
    return session.end(CHANGED)


def _remove(session: Session, manager: Manager) -> int:
    outline = manager.schedule()
    there = [*(each.path for each in outline.files if each.state in {"same", "differs"}), *outline.obsolete]
    told = "\n".join(f"remove      {path}" for path in there) or "Nothing of ours is installed."
    if session.settings.flag("plan"):
        session.tell_json(schedule_as_json(outline, "remove"))
        session.console.result(told)
        return session.end(CHANGED if there else NOTHING)
    session.console.notify(told)
    if not there or not _agreed(session):
        session.tell_json(schedule_as_json(outline, "remove"))
        return session.end(NOTHING)
    removed = manager.remove_schedule()
    session.console.notify("Removed.")
    session.tell_json(schedule_as_json(manager.schedule(), "remove", changed=removed))
    return session.end(CHANGED)


def _agreed(session: Session) -> bool:
    return session.settings.flag("noninteractive_mode") or session.dialogue.yes_or_no(
        "Do this now?", unattended=None, flag="--non-interactive"
    )
