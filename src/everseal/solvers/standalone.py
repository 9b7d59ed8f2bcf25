"""http-01 with a small web server of our own, for machines where none runs on port 80."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, ClassVar

from everseal.solvers.errors import CannotProve
from everseal.solvers.showing import Listener, Showing, Turn, open_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.acme.challenges import Presentation
    from everseal.model.names import Identifier


class Standalone:
    """One listener for all orders that use this object; it listens only while something is presented.

    ``address`` empty means every address, IPv6 and IPv4.  ``port`` 0 takes a free one.  ``turn`` is held
    while it listens.
    """

    name: ClassVar[str] = "standalone"

    def __init__(self, *, port: int = 80, address: str = "", turn: Turn = nullcontext) -> None:
        self._port = port
        self._address = address
        self._showing = Showing[bytes](self._listen, turn)

    @property
    def listening_port(self) -> int | None:
        """The port that is listened on now; None while nothing is presented."""
        return self._showing.port

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        return () if identifier.is_wildcard else ("http-01",)

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        where = f"port {self._port}" + (f" of {self._address}" if self._address else "")
        return f"listens on {where} and answers the CA's request for {identifier} itself"

    def check(self, identifiers: Sequence[Identifier]) -> None:
        """The port is asked for when it is needed: a pre hook may have to free it first.

        Raises CannotProve.
        """
        for identifier in identifiers:
            if not self.challenge_types(identifier):
                raise CannotProve(self.name, identifier)

    def present(self, challenges: Sequence[Presentation]) -> None:
        """Raises PortBusy, PortForbidden, AddressUnusable."""
        for challenge in challenges:
            if challenge.type != "http-01" or challenge.wildcard:
                raise CannotProve(self.name, challenge.identifier, challenge.type)
        self._showing.add({each.token: each.key_authorization.encode("ascii") for each in challenges})

    def wait(self, challenges: Sequence[Presentation]) -> None:
        """The listener answers from the moment it is presented."""

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        self._showing.remove(each.token for each in challenges)

    def _listen(self) -> Listener:
        from everseal.solvers.responder import Responder

        responder = Responder(self._showing.get)
        return open_on(self._address, self._port, lambda addresses: responder.listen(addresses, self._port))
