"""Another solver that asks a person to free a port that is taken, and tries again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everseal.model.errors import PortBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everseal.acme.challenges import Presentation
    from everseal.model.names import Identifier
    from everseal.ports import Solver


class Patient:
    """``try_again`` says whether the port is free now, or gives up."""

    def __init__(self, solver: Solver, try_again: Callable[[PortBusy], bool]) -> None:
        self._solver = solver
        self._try_again = try_again

    @property
    def name(self) -> str:
        return self._solver.name

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        return self._solver.challenge_types(identifier)

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        return self._solver.describe(identifier, challenge_type)

    def check(self, identifiers: Sequence[Identifier]) -> None:
        self._solver.check(identifiers)

    def present(self, challenges: Sequence[Presentation]) -> None:
        """Raises PortBusy when nobody wants to try again."""
        while True:
            try:
                self._solver.present(challenges)
            except PortBusy as error:
                if not self._try_again(error):
                    raise
            else:
                return

    def wait(self, challenges: Sequence[Presentation]) -> None:
        self._solver.wait(challenges)

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        self._solver.clean_up(challenges)
