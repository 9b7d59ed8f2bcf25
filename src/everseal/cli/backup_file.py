"""What ``backup`` and ``restore`` share: which file, what opens it."""

from __future__ import annotations

import os
from typing import Final

from everseal.cli.session import Session
from everseal.model.errors import OperatorError, UsageError
from everseal.settings.values import Settings
from everseal.store.backup.sealing import Opening
from everseal.system.files import read_file

_SMALL: Final = 64 * 1024


class FileWanted(UsageError):
    """Which file is meant was not said."""

    def __init__(self, what: str, *usages: str) -> None:
        super().__init__(what, remedy=f"write it as {', '.join(f'`{each}`' for each in usages)}")


class NoPassphrase(OperatorError):
    """A file that should hold a secret cannot serve."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} {why}", remedy="put the secret in the first line of that file, mode 0600")


def backup_path(session: Session) -> str:
    """The file, absolute; the caller sees to it that there is a word."""
    return os.path.abspath(session.words[0])


def opening(settings: Settings) -> Opening:
    """What opens an encrypted backup.  Raises NoPassphrase."""
    return Opening(_secret_text(settings, "identity"), passphrase(settings))


def passphrase(settings: Settings) -> str | None:
    """The first line of the file that holds it.  Raises NoPassphrase."""
    text = _secret_text(settings, "passphrase_file")
    if text is None:
        return None
    lines = text.splitlines()
    if not lines or not lines[0]:
        raise NoPassphrase(settings.required("passphrase_file"), "has an empty first line")
    return lines[0]


def _secret_text(settings: Settings, option: str) -> str | None:
    path = settings.text(option)
    if path is None:
        return None
    try:
        return read_file(path, limit=_SMALL, streams=True).decode("utf-8")
    except FileNotFoundError:
        raise NoPassphrase(path, "is not there") from None
    except UnicodeDecodeError:
        raise NoPassphrase(path, "is not text") from None
