"""``everseal switch NAME --to N``: go back, or forward, to a version that is there already."""

from __future__ import annotations

from everseal.cli.endings import CHANGED, HOOKS_FAILED, NOTHING
from everseal.cli.operands import only_name
from everseal.cli.session import Session
from everseal.cli.strict_hooks import demand_good_hooks
from everseal.engine.switch import Switched
from everseal.model.errors import UsageError
from everseal.reports.switching import nothing_to_do, render_switch_plan, switch_as_json, switch_notes

_USAGE = "switch NAME --to VERSION"


class VersionWanted(UsageError):
    """No version was named."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "switch needs the number of a version",
            remedy=f"write it as `{program} {_USAGE}`; `{program} versions NAME` lists them",
        )


def run(session: Session) -> int:
    settings = session.settings
    name = only_name(session, _USAGE)
    wanted = settings.text("to") or ""
    if not (wanted.isascii() and wanted.isdecimal()):
        raise VersionWanted(session.program)
    manager = session.manager()
    manager.check_hooks()
    step = manager.plan_switch(name, int(wanted), even_if_expired=settings.flag("even_if_expired"))
    if settings.flag("plan"):
        if session.wants_json:
            session.tell_json(switch_as_json(step, done=False))
        else:
            session.console.result(render_switch_plan(step))
        return session.end(CHANGED if step.changes_something else NOTHING)
    switched = manager.switch(step)
    session.console.notify(_closing(switched))
    session.tell_json(switch_as_json(switched.step, done=True, hook_failures=switched.hook_failures))
    demand_good_hooks(session, switched.hook_failures)
    if switched.hook_failures:
        return session.end(HOOKS_FAILED)
    return session.end(CHANGED if switched.step.changes_something else NOTHING)


def _closing(switched: Switched) -> str:
    step = switched.step
    if not step.changes_something:
        return nothing_to_do(step)
    lines = [f"Version {step.to} of {step.name} is live now; it expires on {_expiry(switched)}."]
    lines += [f"- {note[0].upper()}{note[1:]}." for note in switch_notes(step)]
    return "\n".join(lines)


def _expiry(switched: Switched) -> str:
    return f"{switched.lineage.certificate.not_after:%Y-%m-%d}"
