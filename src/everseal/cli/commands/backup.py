"""``everseal backup FILE [NAME...]``: one file with all that another machine needs; or a look into one."""

from __future__ import annotations

import os
from typing import Final

from everseal.cli.endings import ATTENTION, CHANGED
from everseal.cli.session import Session
from everseal.model.backup import Manifest
from everseal.model.errors import OperatorError, UsageError
from everseal.model.names import CertificateName
from everseal.model.text import printable
from everseal.reports.backups import backup_as_json, render_entries, render_summary
from everseal.settings.values import Settings
from everseal.store.backup.sealing import Opening, Sealing
from everseal.system.files import read_file

_SMALL: Final = 64 * 1024


class FileWanted(UsageError):
    """Which file is meant was not said."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "backup takes the file to write, or to look into",
            remedy=f"write it as `{program} backup FILE`, `{program} backup --verify FILE`",
        )


class OneSecretOnly(UsageError):
    """A backup has recipients or a passphrase."""

    def __init__(self) -> None:
        super().__init__(
            "a backup is encrypted to recipients or with a passphrase, not both",
            remedy="leave out --recipient or --passphrase-file",
        )


class NoPassphrase(OperatorError):
    """A file that should hold a secret cannot serve."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} {why}", remedy="put the secret in the first line of that file, mode 0600")


def run(session: Session) -> int:
    settings = session.settings
    if not session.words:
        raise FileWanted(session.program)
    path = os.path.abspath(session.words[0])
    if settings.flag("verify") or settings.flag("list_contents"):
        if len(session.words) > 1:
            raise FileWanted(session.program)
        return _look(session, path)
    return _take(session, path)


def _take(session: Session, path: str) -> int:
    settings = session.settings
    manager = session.manager()
    names = _names(session)
    if settings.flag("plan"):
        listed = ", ".join(each.value for each in names or manager.certificate_names()) or "no certificate"
        session.console.result(f"Would back up to {printable(path)}: {listed}\n")
        return 0
    recipients = settings.items("recipients")
    passphrase = _passphrase(settings)
    if recipients and passphrase is not None:
        raise OneSecretOnly
    taken = manager.backup(path, names, Sealing(recipients, passphrase))
    left_out = [(each.path, each.why) for each in taken.left_out]
    for place, why in left_out:
        session.console.warn(f"left out {printable(place)}: {why}")
    if session.wants_json:
        session.tell_json(
            backup_as_json(path, taken.manifest, encrypted=taken.encrypted, verified=True, left_out=left_out)
        )
    else:
        manner = "encrypted" if taken.encrypted else "not encrypted; it holds private keys"
        told = f"Backed up to {printable(path)} ({taken.size} bytes, {manner}), and read back:"
        session.console.notify(f"{told}\n{render_summary(taken.manifest).rstrip()}")
    return session.end(ATTENTION if left_out else CHANGED)


def _look(session: Session, path: str) -> int:
    settings = session.settings
    opening = Opening(_secret_text(settings, "identity"), _passphrase(settings))
    verify = settings.flag("verify")
    manifest, encrypted = session.manager().read_backup(path, opening, verify=verify)
    if session.wants_json:
        session.tell_json(backup_as_json(path, manifest, encrypted=encrypted, verified=verify))
        return 0
    session.console.result(_shown(path, manifest, verify=verify, entries=settings.flag("list_contents")))
    return 0


def _shown(path: str, manifest: Manifest, *, verify: bool, entries: bool) -> str:
    verdict = "every file is there and holds what the manifest says" if verify else "not verified"
    listed = render_entries(manifest) if entries else ""
    return f"{printable(path)}: {verdict}\n{render_summary(manifest)}{listed}"


def _names(session: Session) -> list[CertificateName]:
    given = session.settings.text("certname")
    words = (*session.words[1:], *([] if given is None else [given]))
    return [CertificateName.parse(word) for word in dict.fromkeys(words)]


def _passphrase(settings: Settings) -> str | None:
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
        return read_file(path, limit=_SMALL).decode("utf-8")
    except FileNotFoundError:
        raise NoPassphrase(path, "is not there") from None
    except UnicodeDecodeError:
        raise NoPassphrase(path, "is not text") from None
