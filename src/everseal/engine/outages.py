"""What a run remembers of CAs that could not be reached."""

from __future__ import annotations

from typing import Final

from everseal.model.errors import OperatorError

_LEFT_ALONE: Final = 300.0


class Outages:
    """The CAs that could not be reached lately in this run: while there is another one they are left alone.

    A thousand lineages would wait for the same CA one after the other.
    """

    def __init__(self) -> None:
        self._errors: dict[str, tuple[float, OperatorError]] = {}

    def note(self, server: str, error: OperatorError, *, at: float) -> None:
        """``at`` is on the monotonic clock."""
        self._errors.setdefault(server, (at, error))

    def error(self, server: str, *, at: float) -> OperatorError | None:
        """Why the CA could not be reached; None where it was not, or that is five minutes ago."""
        since, error = self._errors.get(server, (0.0, None))
        if error is not None and at - since > _LEFT_ALONE:
            self._errors.pop(server, None)
            return None
        return error
