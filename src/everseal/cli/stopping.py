"""Ctrl-C and SIGTERM while certificates are renewed: end what is in hand, begin nothing more.

A second signal waits for nothing any more, and whatever has not ended a few seconds later ends with the
process: the journals and the hooks on record let the next run finish it.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress

from everseal.model.errors import Interrupted
from everseal.system.clock import SystemClock
from everseal.system.stopping import StopSwitch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Final

_GRACE: Final = 20.0
_LAST_SECONDS: Final = 5
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_GENTLY: Final = (
    "Stopping: what is under way is brought to its end, nothing more is begun "
    f"(at most {_GRACE:.0f} seconds; once more to stop at once).\n"
)
_AT_ONCE: Final = "Stopping at once.\n"


def new_switch() -> StopSwitch:
    """A switch that nobody has asked yet."""
    return StopSwitch(SystemClock(), grace=_GRACE)


@contextmanager
def listening(switch: StopSwitch) -> Iterator[None]:
    """Inside, the two signals ask ``switch`` instead of interrupting whatever runs."""

    def heard(_signal: int, _frame: FrameType | None) -> None:
        if switch.ask() == 1:
            _say(_GENTLY)
            return
        _say(_AT_ONCE)
        signal.alarm(_LAST_SECONDS)

    def too_late(_signal: int, _frame: FrameType | None) -> None:
        os._exit(Interrupted.exit_status)

    before = {each: signal.signal(each, heard) for each in _SIGNALS}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, too_late)
    try:
        yield
    finally:
        signal.alarm(0)
        for each, handler in before.items():
            signal.signal(each, handler)


def _say(text: str) -> None:
    """Past the buffered stream, which the interrupted thread may just be writing to."""
    with suppress(OSError, ValueError):
        os.write(sys.stderr.fileno(), text.encode("ascii"))
