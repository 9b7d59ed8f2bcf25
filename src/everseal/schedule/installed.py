"""The files that start renewals: which are there, which of them are ours, and putting them in place."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from everseal.model.frozen import dataclass
from everseal.planning.scheduling import FileState, ScheduledFile
from everseal.schedule.units import MARK
from everseal.system.files import (
    explained,
    fsync_directory,
    make_directory,
    read_file,
    remove_file,
    write_file,
)

_MODE: Final = 0o644
_FOLDER: Final = 0o755


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file with its text; or with ``target`` a link, which is what enables a timer."""

    path: str
    text: str = ""
    target: str = ""

    def looked_at(self) -> ScheduledFile:
        """With what is there now.  Raises StoreUnusable."""
        return ScheduledFile(self.path, state_of(self), self.text, self.target)


def state_of(file: WantedFile) -> FileState:
    """Raises StoreUnusable."""
    if file.target:
        return _state_of_link(file)
    try:
        text = read_file(file.path).decode("utf-8", "replace")
    except FileNotFoundError:
        return "missing"
    if text == file.text:
        return "same"
    return "differs" if text.startswith(MARK) else "foreign"


def is_ours(file: WantedFile) -> bool:
    """Whether what is there begins with our mark, or enables a timer that nobody else has written.

    Raises StoreUnusable.
    """
    if not file.target:
        return _is_marked(file.path) or False
    timer = os.path.join(os.path.dirname(os.path.dirname(file.path)), os.path.basename(file.path))
    is_there = os.path.islink(file.path) and _leads_to(file) == file.target
    return is_there and _is_marked(timer) is not False


def put(files: Iterable[WantedFile]) -> tuple[str, ...]:
    """Write what is missing or differs; gives the paths.  Raises StoreUnusable."""
    written = []
    for file in files:
        if state_of(file) not in {"missing", "differs"}:
            continue
        make_directory(os.path.dirname(file.path), _FOLDER, parents=True)
        if file.target:
            with explained("write", file.path):
                os.symlink(file.target, file.path)
            fsync_directory(os.path.dirname(file.path))
        else:
            write_file(file.path, file.text.encode(), mode=_MODE)
        written.append(file.path)
    return tuple(written)


def take_away(files: Iterable[WantedFile]) -> tuple[str, ...]:
    """Remove what is ours of these; gives the paths.  Raises StoreUnusable."""
    return tuple(file.path for file in files if is_ours(file) and remove_file(file.path))


def _state_of_link(file: WantedFile) -> FileState:
    if not os.path.lexists(file.path):
        return "missing"
    return "same" if is_ours(file) else "foreign"


def _leads_to(file: WantedFile) -> str:
    """Where a link leads on the machine that it is for."""
    folder = os.path.join(os.path.dirname(file.target), os.path.basename(os.path.dirname(file.path)))
    return os.path.normpath(os.path.join(folder, os.readlink(file.path)))


def _is_marked(path: str) -> bool | None:
    """Whether a file begins with our mark; None where there is none."""
    try:
        return read_file(path).startswith(MARK.encode())
    except FileNotFoundError:
        return None
