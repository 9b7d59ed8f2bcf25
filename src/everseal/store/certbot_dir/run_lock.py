"""The lock of a run that writes; loads little."""

from __future__ import annotations

import os

from everseal.model.errors import Busy
from everseal.store.certbot_dir.stamps import YOUNG_NS
from everseal.system.files import make_directory
from everseal.system.locks import lock_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from everseal.model.clock import Clock
    from everseal.system.locks import Lock

# Everseal's own runs share the directory's lock; one of them holds it alone for a moment as it ends.
_PATIENCE: Final = 1.0


def run_lock_path(config_dir: str) -> str:
    return os.path.join(config_dir, ".certbot.lock")


def settled_before(config_dir: str) -> int:
    """What was changed earlier, in nanoseconds since 1970, is told from whatever it is changed to later on.

    By the file system's own clock: the run lock was made as this run began.  Raises OSError without one.
    """
    return os.stat(run_lock_path(config_dir)).st_ctime_ns - YOUNG_NS


def take_run_lock(config_dir: str, *, clock: Clock) -> Lock:
    """Keeps Certbot out, shared with other runs of ours.  Raises Busy, StoreUnusable."""
    make_directory(config_dir, 0o755, parents=True)
    busy = Busy(
        "Another instance of Certbot is already running",
        remedy="wait until it has ended and run the command again",
    )
    return lock_file(
        run_lock_path(config_dir), clock=clock, shared=True, wait=_PATIENCE, unlink=True, busy=busy
    )
