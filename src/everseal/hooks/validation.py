"""Is a hook's command plausibly there?  Asked before anything is ordered."""

from __future__ import annotations

import os

from everseal.model.errors import OperatorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/bin", "/usr/local/sbin")


class HookCommandMissing(OperatorError):
    """The first word of a hook is no program that can be found and executed."""


def validate_hook(command: str | None, kind: str, environment: Mapping[str, str]) -> None:
    """``kind`` is the word before ``-hook``: pre, deploy, post, manual-auth, manual-cleanup.

    Only the first word is looked at, on the environment's PATH and in the system's directories.
    Raises HookCommandMissing.
    """
    program = _program_of(command)
    if program is None or path_to_reach(program, environment.get("PATH")) is not None:
        return
    if os.path.exists(program):
        raise HookCommandMissing(
            f"{kind}-hook command {program} exists, but is not executable",
            remedy=f"make it executable: chmod +x {program}",
        )
    raise HookCommandMissing(
        f"Unable to find {kind}-hook command {program} in the PATH.\n(PATH is {environment.get('PATH', '')})",
        remedy="give the whole path of the command, or --disable-hook-validation if it will be there in time",
    )


def path_to_reach(
    command: str, path: str | None, *, system_directories: Sequence[str] = SYSTEM_DIRECTORIES
) -> str | None:
    """The PATH with which the command's first word is found; None where it is not found at all.

    It is ``path`` itself if that will do, else ``path`` and the system's directories after it.
    """
    program = _program_of(command)
    if program is None:
        return None
    given = path if path is not None else os.defpath
    if _is_found(program, given):
        return given
    present = given.split(os.pathsep)
    added = [directory for directory in system_directories if directory not in present]
    longer = os.pathsep.join([*filter(None, [given]), *added])
    return longer if _is_found(program, longer) else None


def _program_of(command: str | None) -> str | None:
    words = (command or "").split(None, 1)
    return words[0] if words else None


def _is_found(program: str, path: str) -> bool:
    if os.path.dirname(program):
        return _is_executable(program)
    return any(_is_executable(os.path.join(directory, program)) for directory in path.split(os.pathsep))


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
