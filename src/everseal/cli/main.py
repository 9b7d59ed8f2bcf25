"""From the words of a command line to a verb's module, and from an error to an exit status."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from everseal.cli.console import Console
from everseal.cli.endings import FAILED
from everseal.cli.failures import trailer
from everseal.cli.session import Session
from everseal.model.errors import Interrupted, OperatorError, UsageError
from everseal.settings.command_line import Invocation, parse
from everseal.settings.directories import configuration_files, default_settings
from everseal.settings.selection import selected_plugins
from everseal.settings.values import Settings, Source
from everseal.settings.verbs import BY_NAME
from everseal.system.log_records import ERROR, WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import Final, NoReturn

_COMMANDS: Final = "everseal.cli.commands"
_QUICK: Final = frozenset({"help", "version"})


class OwnFault(OperatorError):
    """Everseal itself is wrong."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"An unexpected error occurred: {type(error).__name__}: {error}",
            remedy="this is a mistake in Everseal; please report it with the log",
        )


def run(program: str, arguments: Sequence[str]) -> int:
    """One command, from start to exit status; nothing is raised."""
    try:
        return _run(program, arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED.status


def _run(program: str, arguments: Sequence[str]) -> int:
    try:
        session = _understand(program, arguments)
    except OperatorError as error:
        return _not_understood(error, program, arguments)
    except KeyboardInterrupt:
        return _not_understood(Interrupted(), program, arguments)
    status = _guarded(session)
    if session.events is not None:
        session.events.end(status, session.ending, session.error)
    return status


def _guarded(session: Session) -> int:
    try:
        return _perform(session)
    except OperatorError as error:
        return session.refuse(error)
    except KeyboardInterrupt:
        stopped = Interrupted()
        session.console.error(f"{stopped.message}.")
        return session.end_with(stopped)


def _understand(program: str, arguments: Sequence[str]) -> Session:
    """Nothing is touched yet.  Raises UsageError, OptionConflict, BadName and their like."""
    invocation = parse(
        arguments,
        directory=_here(),
        read_config=_read_text,
        config_files=configuration_files(os.environ),
        defaults=default_settings(os.environ, program=program, is_root=os.geteuid() == 0),
    )
    return Session(program, invocation, _with_selection(invocation))


def _not_understood(error: OperatorError, program: str, arguments: Sequence[str]) -> int:
    """There are no settings yet; what programs get is decided by the words alone."""
    console = Console(sys.stdout, sys.stderr)
    if isinstance(error, UsageError):
        from everseal.settings.help import usage

        console.aside(usage(program))
    console.fail(error)
    if "--json" in arguments:
        import json

        from everseal.reports.errors import error_document

        console.document(json.dumps(error_document(error, exit_status=error.exit_status), indent=2))
    return error.exit_status


def _perform(session: Session) -> int:
    module = f"{_COMMANDS}.{session.verb}"
    if session.verb in _QUICK:
        status: int = import_module(module).run(session)
        return status
    return _perform_on_premises(session, module)


def _perform_on_premises(session: Session, module: str) -> int:
    import signal

    from everseal.cli.premises import alone, prepared

    signal.signal(signal.SIGTERM, _stop)
    with prepared(session):
        for warning in session.warnings:
            session.console.warn(warning)
            session.log.write(WARNING, "everseal.cli", warning)
        try:
            with alone(session):
                _mend(session)
                status: int = import_module(module).run(session)
        except OperatorError as error:
            status = session.fail(error)
        except Exception as error:
            status = _own_fault(session, error)
    log_path = session.log.path
    if session.failed and log_path is not None:
        session.console.aside(trailer(program=session.program, log_path=log_path))
    return status


def _mend(session: Session) -> None:
    """Before anything is planned, so that the plan is made for what is really there."""
    from everseal.cli.premises import anything_to_mend, writes

    mends = BY_NAME[session.verb].mends and writes(session) and not session.settings.flag("dry_run")
    if mends and anything_to_mend(session):
        session.manager().mend()


def _own_fault(session: Session, error: Exception) -> int:
    """A mistake in the program: one sentence for the operator, the whole story in the log."""
    if isinstance(error, BrokenPipeError):
        raise error
    import traceback

    story = "".join(traceback.format_exception(error))
    for line in story.splitlines():
        session.log.write(ERROR, "everseal.cli", line)
    if session.settings.flag("debug"):
        session.console.error(story)
    return session.fail(OwnFault(error))


def _with_selection(invocation: Invocation) -> Settings:
    """``--standalone`` and ``-a standalone`` say the same."""
    settings = invocation.settings
    if invocation.verb in {"help", "version"}:
        return settings
    selection = selected_plugins(settings)
    chosen = {
        dest: name
        for dest, name in (("authenticator", selection.authenticator), ("installer", selection.installer))
        if name is not None
    }
    return settings.with_values(chosen, Source("command line")) if chosen else settings


def _here() -> str:
    """The working directory; its name where it has been removed meanwhile."""
    try:
        return os.getcwd()
    except OSError:
        return os.environ.get("PWD", "/")


def _read_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted
