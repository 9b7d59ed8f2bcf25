"""A solver that answers only the challenge types an operator prefers, in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.acme.challenges import Presentation
    from everseal.model.names import Identifier
    from everseal.ports import Solver


class Preferring:
    """``types`` are challenge types, best first; what is not among them is not used."""

    def __init__(self, solver: Solver, types: Sequence[str]) -> None:
        self._solver = solver
        self._types = tuple(types)

    @property
    def name(self) -> str:
        return self._solver.name

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        able = self._solver.challenge_types(identifier)
        return tuple(kind for kind in self._types if kind in able)

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        return self._solver.describe(identifier, challenge_type)

    def check(self, identifiers: Sequence[Identifier]) -> None:
        self._solver.check(identifiers)

    def present(self, challenges: Sequence[Presentation]) -> None:
        self._solver.present(challenges)

    def wait(self, challenges: Sequence[Presentation]) -> None:
        self._solver.wait(challenges)

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        self._solver.clean_up(challenges)
