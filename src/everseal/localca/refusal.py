"""Why a request is refused: a problem document (RFC 7807 and RFC 8555 section 6.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everseal.acme.problems import ERROR_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from everseal.model.names import Identifier


class Refusal(Exception):
    """``kind`` is the problem type without its prefix; ``members`` are further members of the document."""

    def __init__(
        self,
        kind: str,
        detail: str,
        status: int = 400,
        *,
        subproblems: Sequence[Mapping[str, object]] = (),
        headers: Sequence[tuple[str, str]] = (),
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.status = status
        self.subproblems = tuple(subproblems)
        self.headers = tuple(headers)
        self.members = dict(members or {})

    def document(self) -> dict[str, object]:
        kind = ERROR_NAMESPACE + self.kind
        document: dict[str, object] = {"type": kind, "detail": self.detail, "status": self.status}
        if self.subproblems:
            document["subproblems"] = list(self.subproblems)
        return document | self.members


def identifier_json(identifier: Identifier) -> dict[str, object]:
    return {"type": identifier.type, "value": identifier.value}


def subproblem(identifier: Identifier, problem: Mapping[str, object]) -> dict[str, object]:
    """The part of a problem that is about one identifier (RFC 8555 section 6.7.1)."""
    return {**problem, "identifier": identifier_json(identifier)}
