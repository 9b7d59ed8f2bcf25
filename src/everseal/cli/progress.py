"""How far a run with many orders has come, in one line at the foot of a terminal.

A bar is drawn by ``rich`` where that is installed; without it the same is said in words.
"""

from __future__ import annotations

import threading
import time

from everseal.model.events import LineageDone, LineageFailed, LineageStarted, RunEnded, RunStarted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from everseal.cli.console import Console
    from everseal.model.events import Event
    from everseal.model.names import CertificateName

    Draw = Callable[[int, int], str]

_FEWEST: Final = 2
_BAR_WIDTH: Final = 30
_ROOM_FOR_WORDS: Final = 60


class Progress:
    """Listens to a run; says nothing where nobody looks on, or where there is one order only."""

    def __init__(self, console: Console, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._draw: Draw | None = None
        self._total = 0
        self._done = 0
        self._failed = 0
        self._began = 0.0
        self._under_way: set[CertificateName] = set()

    def __call__(self, event: Event) -> None:
        with self._lock:
            match event:
                case RunStarted() if event.orders >= _FEWEST and self._console.shows_status:
                    self._draw = bar()
                    self._total, self._began = event.orders, self._monotonic()
                    self._show()
                case LineageStarted():
                    self._under_way.add(event.name)
                case LineageFailed() if event.name in self._under_way:
                    self._failed += 1
                case LineageDone() if event.name in self._under_way:
                    self._under_way.discard(event.name)
                    self._done += 1
                    self._show()
                case RunEnded():
                    self._console.status("")
                    self._draw = None
                case _:
                    pass

    def _show(self) -> None:
        if self._draw is None:
            return
        seconds = int(self._monotonic() - self._began)
        failed = f", {self._failed} failed" if self._failed else ""
        words = f"{self._done} of {self._total} certificates done{failed}, {seconds // 60}:{seconds % 60:02d}"
        self._console.status(self._draw(self._done, self._total) + words)


def bar() -> Draw:
    """Draws ``done`` of ``total`` as a bar with a blank behind it; nothing where there is no ``rich``, or no
    room."""
    import shutil

    width = min(_BAR_WIDTH, shutil.get_terminal_size().columns - _ROOM_FOR_WORDS)
    if width < 1:
        return lambda _done, _total: ""
    try:
        from rich.console import Console
        from rich.progress_bar import ProgressBar
    except ImportError:
        return lambda _done, _total: ""
    canvas = Console(force_terminal=True, width=width, legacy_windows=False)

    def draw(done: int, total: int) -> str:
        line = ProgressBar(
            total=total, completed=done, width=width, complete_style="cyan", finished_style="green"
        )
        with canvas.capture() as captured:
            canvas.print(line, end="")
        return captured.get().rstrip("\n") + " "

    return draw
