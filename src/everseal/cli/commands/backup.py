"""``everseal backup FILE [NAME...]``: one file with all that another machine needs; or a look into one."""

from __future__ import annotations

from collections.abc import Sequence

from everseal.cli.backup_file import FileWanted, backup_path, opening, passphrase
from everseal.cli.endings import ATTENTION, CHANGED
from everseal.cli.operands import all_names
from everseal.cli.session import Session
from everseal.model.backup import Manifest
from everseal.model.errors import UsageError
from everseal.model.text import printable
from everseal.reports.backups import backup_as_json, backup_plan_as_json, render_entries, render_summary
from everseal.store.backup.sealing import Sealing


class OneSecretOnly(UsageError):
    """A backup has recipients or a passphrase."""

    def __init__(self) -> None:
        super().__init__(
            "a backup is encrypted to recipients or with a passphrase, not both",
            remedy="leave out --recipient or --passphrase-file",
        )


def run(session: Session) -> int:
    settings = session.settings
    if not session.words:
        raise _file_wanted(session)
    path = backup_path(session)
    if settings.flag("verify") or settings.flag("list_contents"):
        if len(session.words) > 1:
            raise _file_wanted(session)
        return _look(session, path)
    return _take(session, path)


def _file_wanted(session: Session) -> FileWanted:
    program = session.program
    what = "backup takes the file to write, or to look into"
    return FileWanted(what, f"{program} backup FILE", f"{program} backup --verify FILE")


def _take(session: Session, path: str) -> int:
    settings = session.settings
    manager = session.manager()
    names = all_names(session, after=1)
    sealing = Sealing(settings.items("recipients"), passphrase(settings))
    if sealing.recipients and sealing.passphrase is not None:
        raise OneSecretOnly
    if settings.flag("plan"):
        planned = [each.value for each in manager.plan_backup(path, names, sealing)]
        return _show_plan(session, path, planned, encrypted=sealing != Sealing())
    taken = manager.backup(path, names, sealing)
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


def _show_plan(session: Session, path: str, names: Sequence[str], *, encrypted: bool) -> int:
    if session.wants_json:
        session.tell_json(backup_plan_as_json(path, names, encrypted=encrypted))
    else:
        listed = ", ".join(names) or "no certificate"
        session.console.result(f"Would back up to {printable(path)}: {listed}\n")
    return session.end(CHANGED)


def _look(session: Session, path: str) -> int:
    settings = session.settings
    verify = settings.flag("verify")
    manifest, encrypted = session.manager().read_backup(path, opening(settings), verify=verify)
    if session.wants_json:
        session.tell_json(backup_as_json(path, manifest, encrypted=encrypted, verified=verify))
        return 0
    session.console.result(_shown(path, manifest, verify=verify, entries=settings.flag("list_contents")))
    return 0


def _shown(path: str, manifest: Manifest, *, verify: bool, entries: bool) -> str:
    verdict = "every file is there and holds what the manifest says" if verify else "not verified"
    listed = render_entries(manifest) if entries else ""
    return f"{printable(path)}: {verdict}\n{render_summary(manifest)}{listed}"
