"""How a command ended, and the exit status that says so.

Certbot's statuses tell done from failed; with ``--detailed-exit-codes`` there are finer ones.
"""

from __future__ import annotations

from everseal.model.errors import Busy, HookFailed, Interrupted, OperatorError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Ending:
    """``name`` is for programs; ``status`` is Certbot's, ``detailed`` the finer one."""

    __slots__ = ("detailed", "name", "status")

    def __init__(self, name: str, status: int, detailed: int) -> None:
        self.name = name
        self.status = status
        self.detailed = detailed

    def __repr__(self) -> str:
        return f"Ending({self.name})"


NOTHING: Final = Ending("nothing", 0, 0)
"""All is well, and nothing had to be done."""
CHANGED: Final = Ending("changed", 0, 3)
"""Something was done; of a plan: would be."""
WAITING: Final = Ending("waiting", 0, 4)
"""Nothing failed now, but something is put off until a wait is over."""
ORDERS_FAIL: Final = Ending("waiting", 1, 4)
"""The same, told by a verb that watches over it."""
HOOKS_FAILED: Final = Ending("attention", 0, 7)
"""The certificates are there; a hook or an export behind them failed and is owed."""
ATTENTION: Final = Ending("attention", 1, 7)
"""A person has to look at something."""
SOME_FAILED: Final = Ending("some-failed", 1, 5)
"""Something failed, and something else was done."""
FAILED: Final = Ending("failed", 1, 1)
"""It failed; of several things, all that were tried."""
USAGE: Final = Ending("usage", 2, 2)
"""The command line or a configuration file could not be understood."""
BUSY: Final = Ending("busy", 1, 6)
"""Somebody else is at work; nothing was done."""
INTERRUPTED: Final = Ending("interrupted", 1, 8)
"""A person or the system stopped it."""


def ending_of(error: OperatorError) -> Ending:
    """How a command ends that could not go on after ``error``."""
    match error:
        case UsageError():
            return USAGE
        case Busy():
            return BUSY
        case Interrupted():
            return INTERRUPTED
        case HookFailed():
            return ATTENTION
        case _:
            return FAILED
