"""Errors that are told and stop nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from everseal.model.errors import Busy, Interrupted, OperatorError
from everseal.model.events import Emit, Warned


@contextmanager
def told(emit: Emit, before: str = "") -> Iterator[None]:
    """An error inside the block ends the block, and is told as a warning, after the words ``before``.

    What somebody else is at work on is no concern of ours, and not even told; Interrupted is raised.
    """
    try:
        yield
    except Interrupted:
        raise
    except Busy:
        return
    except OperatorError as error:
        emit(Warned(f"{before}{error.message}; {error.remedy}"))
