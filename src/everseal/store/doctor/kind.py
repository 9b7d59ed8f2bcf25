"""One kind of finding."""

from __future__ import annotations

from typing import Final

from everseal.model.diagnosis import Severity
from everseal.model.frozen import dataclass

BY_KILL: Final = "a run that was killed, or a disk that was full"
"""How most of what is half done comes about."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``meaning`` and ``cause`` are sentences without a final full stop; ``mending`` says what ``--fix``
    does, empty where it takes a person."""

    code: str
    severity: Severity
    meaning: str
    cause: str
    mending: str = ""
