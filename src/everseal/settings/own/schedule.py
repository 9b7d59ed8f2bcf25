"""Options of ``schedule``."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SCHEDULE: Final = (
    Option(
        "cron",
        "--cron",
        "flag",
        "use cron also where systemd runs",
        topics="schedule",
        default=False,
        own=True,
        verbs=("schedule",),
    ),
    Option(
        "root",
        "--root",
        "path",
        "write below this directory, as for an image of a machine, and start nothing",
        topics="schedule",
        metavar="DIR",
        own=True,
        verbs=("schedule",),
    ),
)
