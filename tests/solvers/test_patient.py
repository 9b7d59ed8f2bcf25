from __future__ import annotations

from collections.abc import Sequence

import pytest

from everseal.acme.challenges import Presentation
from everseal.model.errors import PortBusy
from everseal.model.names import DnsName, Identifier
from everseal.solvers.patient import Patient


class Listener:
    """Finds its port taken ``busy`` times."""

    name = "standalone"

    def __init__(self, busy: int) -> None:
        self.busy = busy
        self.calls: list[str] = []

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        return ("http-01",)

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        return f"{identifier} by {challenge_type}"

    def check(self, identifiers: Sequence[Identifier]) -> None:
        self.calls.append("check")

    def present(self, challenges: Sequence[Presentation]) -> None:
        self.calls.append("present")
        if self.busy:
            self.busy -= 1
            raise PortBusy(80)

    def wait(self, challenges: Sequence[Presentation]) -> None:
        self.calls.append("wait")

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        self.calls.append("clean_up")


def test_tries_until_the_port_is_free() -> None:
    listener = Listener(busy=2)
    asked: list[int] = []

    def free(error: PortBusy) -> bool:
        asked.append(error.port)
        return True

    solver = Patient(listener, free)
    name = DnsName("a.example")
    assert (solver.name, solver.challenge_types(name)) == ("standalone", ("http-01",))
    assert solver.describe(name, "http-01") == "a.example by http-01"
    solver.check([name])
    solver.present([])
    solver.wait([])
    solver.clean_up([])
    assert asked == [80, 80]
    assert listener.calls == ["check", "present", "present", "present", "wait", "clean_up"]


def test_gives_up_when_told_to() -> None:
    listener = Listener(busy=1)
    with pytest.raises(PortBusy):
        Patient(listener, lambda _error: False).present([])
    assert listener.calls == ["present"]
