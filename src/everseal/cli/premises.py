"""What every run prepares: the directories, the hook directories, and a log of its own.

Verbs that change something need all of it; verbs that only read make do without where they may not
write.  ``help``, ``--version`` and words that cannot be understood touch nothing.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from functools import partial

from everseal.model.errors import Busy, OperatorError, StoreUnusable
from everseal.settings.values import secret_texts
from everseal.settings.verbs import BY_NAME
from everseal.store.certbot_dir.journals import anything_left
from everseal.store.certbot_dir.run_lock import take_run_lock
from everseal.system.clock import SystemClock
from everseal.system.files import make_directory
from everseal.system.locks import lock_file
from everseal.system.log_records import DEBUG, NoLog
from everseal.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Final

    from everseal.cli.session import Session
    from everseal.system.log_records import Log

# With Certbot, whoever looks for a certificate by its names makes the directory of the renewal files.
_SEARCHING: Final = frozenset({"certonly", "enhance", "install", "names", "reconfigure", "revoke", "run"})
_HOOK_KINDS: Final = ("pre", "deploy", "post")
_PATIENCE: Final = 2.0
_PATIENCE_OF_READERS: Final = 0.2


@contextmanager
def prepared(session: Session) -> Iterator[None]:
    """Directories and log for the block; ``session.log`` writes to it.

    Raises StoreUnusable where a verb that has to write may not, Busy while Certbot is at work.
    """
    if _touches_nothing(session):
        yield
        return
    new_home = _is_new_private_home(session)
    _make_directories(session)
    log = _open_log(session)
    session.log = log
    try:
        if log.path is not None:
            session.console.aside(f"Saving debug log to {log.path}")
        if new_home:
            session.console.aside(
                "Not root: certificates, accounts and settings are kept in "
                f"{session.settings.required('config_dir')}"
            )
        log.write(DEBUG, "everseal.cli", f"everseal {VERSION}, verb {session.verb}, process {os.getpid()}")
        log.write(DEBUG, "everseal.cli", f"settings: {session.settings!r}")
        _begin_events(session)
        yield
    finally:
        log.close()


def _begin_events(session: Session) -> None:
    """Raises EventsUnwritable."""
    if not session.settings.flag("events") and session.settings.text("events_to") is None:
        return
    from everseal.cli.event_stream import open_stream

    session.events = open_stream(session.settings, session.console)
    if session.events is not None:
        session.events.begin(session.verb, VERSION)


def writes(session: Session) -> bool:
    """Whether this run may change certificates, accounts or settings."""
    return not _touches_nothing(session) and not _only_reads(session)


def _touches_nothing(session: Session) -> bool:
    """Not even a log is made."""
    return BY_NAME[session.verb].effect == "nothing" or session.settings.flag("plan")


def _only_reads(session: Session) -> bool:
    """The doctor writes only when it is asked to mend, `limits` when it is to end a wait; nothing is backed
    up by looking into a backup."""
    settings = session.settings
    if session.verb == "backup":
        return settings.flag("verify") or settings.flag("list_contents")
    if session.verb == "schedule":
        return session.words[:1] != ("install",)
    mends = (session.verb == "doctor" and settings.flag("fix")) or (
        session.verb == "limits" and settings.text("resume") is not None
    )
    return BY_NAME[session.verb].effect == "reads" and not mends


def alone(session: Session) -> AbstractContextManager[object]:
    """Keeps Certbot out while this run may write; other runs of ours go on beside it.  Raises Busy."""
    if not writes(session):
        return nullcontext()
    return take_run_lock(os.path.abspath(session.settings.required("config_dir")), clock=SystemClock())


def anything_to_mend(session: Session) -> bool:
    """Whether an earlier run left something to be finished.  Raises StoreUnusable."""
    return anything_left(os.path.join(session.settings.required("config_dir"), ".everseal"))


def _make_directories(session: Session) -> None:
    settings = session.settings
    config, work, logs = (settings.required(f"{kind}_dir") for kind in ("config", "work", "logs"))
    hooks = os.path.join(config, "renewal-hooks")
    wanted = [(logs, 0o700), (config, 0o755), (work, 0o755), (hooks, 0o755)]
    wanted += [(os.path.join(hooks, kind), 0o755) for kind in _HOOK_KINDS]
    if session.verb in _SEARCHING and settings.text("csr") is None:
        wanted.append((os.path.join(config, "renewal"), 0o755))
    if session.verb == "restore":
        wanted = wanted[:3]
    if session.verb in {"doctor", "schedule"} and _only_reads(session):
        wanted = [(logs, 0o700)]
    try:
        for path, mode in wanted:
            if not os.path.isdir(path):
                make_directory(path, mode, parents=True)
    except StoreUnusable:
        if not _only_reads(session):
            raise


def _open_log(session: Session) -> Log:
    """Rolled over under the directory's lock, so that two runs at once do not mix up their files."""
    from everseal.system.logs import FILE_NAME, RunLog

    folder = session.settings.required("logs_dir")
    busy = Busy(
        "Another instance of Certbot is already running",
        remedy="wait until it has ended and run the command again",
    )
    lock_path = os.path.join(folder, ".certbot.lock")
    wait = _PATIENCE_OF_READERS if _only_reads(session) else _PATIENCE
    lock = partial(lock_file, lock_path, clock=SystemClock(), wait=wait, unlink=True, busy=busy)
    try:
        return RunLog(
            os.path.join(folder, FILE_NAME),
            keep=session.settings.number("max_log_backups"),
            lock=lock,
            secrets=secret_texts(session.settings),
        )
    except (OSError, OperatorError) as error:
        if _only_reads(session):
            return NoLog()
        if isinstance(error, OperatorError):
            raise
        raise StoreUnusable(
            f"the log cannot be written in {folder}: {error.strerror}",
            remedy="run as root, or give --logs-dir, --config-dir and --work-dir that you may write to",
        ) from None


def _is_new_private_home(session: Session) -> bool:
    """Whether this user's own directories are about to be made for the first time."""
    settings = session.settings
    config = settings.required("config_dir")
    return not settings.is_set("config_dir") and config != "/etc/letsencrypt" and not os.path.exists(config)
