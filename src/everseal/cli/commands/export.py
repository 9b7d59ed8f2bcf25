"""``everseal export NAME --to DIR``: the live version where, and in the form in which, somebody wants it."""

from __future__ import annotations

import os

from everseal.cli.endings import CHANGED
from everseal.cli.exporting import copy
from everseal.cli.operands import only_name
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.model.errors import OperatorError, UsageError
from everseal.model.names import CertificateName
from everseal.reports.exports import export_as_json, render_export_plan
from everseal.settings.values import Settings
from everseal.wiring import wishes

_USAGE = "export NAME --to DIR"


class DirectoryWanted(UsageError):
    """Which directory is meant was not said."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "--remember and --forget are about one directory",
            remedy=f"write it as `{program} {_USAGE} --remember`",
        )


class NotKept(OperatorError):
    """No version goes to the directory."""

    def __init__(self, name: CertificateName, directory: str) -> None:
        super().__init__(
            f"{name} is not exported to {directory}",
            remedy=f"look for `exports` in the renewal file of {name}",
        )


def run(session: Session) -> int:
    name = only_name(session, _USAGE)
    settings = _with_absolute_path(session.settings)
    keeps, forgets = settings.flag("keep_export"), settings.flag("forget_export")
    if settings.text("to") is None and (keeps or forgets):
        raise DirectoryWanted(session.program)
    manager = session.manager()
    if forgets:
        return _forget(session, manager, name, settings.required("to"))
    plan = manager.plan_export(name, wishes.export_target(settings, "to"))
    planned = [each.path for each in plan.files]
    if settings.flag("plan"):
        if session.wants_json:
            session.tell_json(
                export_as_json(name, plan.version, plan.targets, planned, done=False, kept=keeps)
            )
        else:
            session.console.result(render_export_plan(name, plan.version, plan.files, keeps=keeps))
        return session.end(CHANGED)
    paths = [path for each in copy(session, manager, plan, keep=keeps) for path in each.paths]
    session.tell_json(export_as_json(name, plan.version, plan.targets, paths, done=True, kept=keeps))
    return session.end(CHANGED)


def _forget(session: Session, manager: Manager, name: CertificateName, directory: str) -> int:
    planned = session.settings.flag("plan")
    told = export_as_json(
        name, manager.lineage(name).live, (), (), done=not planned, kept=False, forgot=directory
    )
    if planned and not session.wants_json:
        session.console.result(f"{name}: copy no further version to {directory}; the files there stay.")
    elif not planned:
        if not manager.forget_export(name, directory):
            raise NotKept(name, directory)
        session.console.notify(f"{name} is no longer copied to {directory}; the files there stay.")
    session.tell_json(told)
    return session.end(CHANGED)


def _with_absolute_path(settings: Settings) -> Settings:
    directory = settings.text("to")
    return settings if directory is None else settings.with_values({"to": os.path.abspath(directory)})
