"""Options for programs that start Everseal: what they read, and what the exit status tells them."""

from __future__ import annotations

from everseal.settings.option import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

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
)
