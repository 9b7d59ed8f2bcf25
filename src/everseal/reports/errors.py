"""An error as JSON: what is wrong, what to do about it, and what the CA said where it said something."""

from __future__ import annotations

from everseal.model.errors import OperatorError
from everseal.reports.members import stamp_if_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from everseal.acme.problems import Problem

    Json = Mapping[str, object]

SCHEMA: Final = "everseal.error"
VERSION: Final = 1


def error_document(error: OperatorError, *, exit_status: int) -> Json:
    """Schema ``everseal.error``, version 1; ``exit_status`` is what the command ends with."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "error": {**error_as_json(error), "exit_status": exit_status},
    }


def error_as_json(error: OperatorError) -> Json:
    """``type`` is the class of the error, ``problem`` the CA's refusal (RFC 8555 section 6.7) or None."""
    problem: Problem | None = getattr(error, "problem", None)
    return {
        "type": type(error).__name__,
        "message": error.message,
        "remedy": error.remedy,
        "problem": None if problem is None else _problem(problem),
    }


def _problem(problem: Problem) -> Json:
    return {
        "type": problem.type,
        "detail": problem.detail,
        "identifier": None if problem.identifier is None else problem.identifier.value,
        "retry_at": stamp_if_known(problem.retry_at),
        "help_urls": list(problem.help_urls),
        "subproblems": [
            {
                "type": each.type,
                "detail": each.detail,
                "identifier": None if each.identifier is None else each.identifier.value,
            }
            for each in problem.subproblems
        ],
    }
