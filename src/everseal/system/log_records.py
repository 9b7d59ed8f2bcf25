"""How important a record is, and the log of a run that keeps none; loads nothing."""

from __future__ import annotations

DEBUG = 10
INFO = 20
WARNING = 30
ERROR = 40
NAMES = {DEBUG: "DEBUG", INFO: "INFO", WARNING: "WARNING", ERROR: "ERROR"}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    class Log(Protocol):
        """Where a run's records go; ``path`` is None where they go nowhere."""

        @property
        def path(self) -> str | None: ...

        def write(self, level: int, source: str, text: str) -> None: ...

        def write_each(self, level: int, source: str, texts: Iterable[str]) -> None: ...

        def close(self) -> None: ...


class NoLog:
    """The log of a run that keeps none."""

    path: str | None = None

    def write(self, level: int, source: str, text: str) -> None:
        """Nothing is kept."""

    def write_each(self, level: int, source: str, texts: Iterable[str]) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """There is nothing to close."""
