"""Options for programs that start Everseal: what they read, and what the exit status tells them."""

from __future__ import annotations

from everseal.settings.option import Option
from everseal.settings.verbs import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_EVENTFUL: Final = ("doctor", *(verb.name for verb in VERBS if verb.effect == "writes"))
"""The verbs in which something can happen."""

MACHINE: Final = (
    Option(
        "detailed_exit_codes",
        "--detailed-exit-codes",
        "flag",
        "tell by the exit status whether anything was done, waits, failed in part, or needs a person",
        topics="everseal automation",
        default=False,
        own=True,
    ),
    Option(
        "events",
        "--events",
        "flag",
        "write what happens to standard output, as lines of JSON while it happens",
        topics="everseal automation",
        default=False,
        own=True,
        verbs=_EVENTFUL,
    ),
    Option(
        "events_to",
        "--events-to",
        "text",
        "write what happens to this file, or to an open descriptor (fd:3), as lines of JSON",
        topics="everseal automation",
        metavar="FILE",
        own=True,
        verbs=_EVENTFUL,
    ),
)
