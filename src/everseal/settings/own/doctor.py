"""Options of ``doctor``."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

DOCTOR: Final = (
    Option(
        "fix",
        "--fix",
        "flag",
        "mend what can be mended: shows what it would do, asks, does it and looks again",
        topics="doctor",
        default=False,
        own=True,
        verbs=("doctor",),
    ),
    Option(
        "network",
        "--network",
        "flag",
        "also ask name servers whether the names of the certificates lead to this machine",
        topics="doctor",
        default=False,
        own=True,
        verbs=("doctor",),
    ),
)
