from __future__ import annotations

import pytest

from everseal.acme.problems import AcmeError, Problem, combined, error_for
from everseal.engine.subset import for_those_accepted, refused
from everseal.model.errors import SolverFailed
from everseal.model.names import Identifier
from tests.planning.samples import names

ABC = names("a.example", "b.example", "c.example")


def blaming(*domains: str) -> AcmeError:
    problems = [Problem("caa", f"no {each}", identifier=each) for each in names(*domains)]
    return error_for(combined(problems) if problems else Problem("caa", "no"), context="the CA refused")


class StrictCa:
    """Refuses each batch of names in turn, all that it holds of it at once."""

    def __init__(self, *batches: str) -> None:
        self._batches = [batch.split() for batch in batches]
        self.asked: list[tuple[Identifier, ...]] = []
        self.told: list[tuple[Identifier, ...]] = []

    def attempt(self, identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
        self.asked.append(identifiers)
        if self._batches:
            raise blaming(*self._batches.pop(0))
        return identifiers

    def issue(self, identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
        return for_those_accepted(identifiers, self.attempt, self.told.append)


def test_nothing_refused() -> None:
    ca = StrictCa()
    assert ca.issue(ABC) == ABC
    assert ca.told == []


def test_round_after_round() -> None:
    ca = StrictCa("b.example", "a.example")
    assert ca.issue(ABC) == names("c.example")
    assert ca.asked == [ABC, names("a.example", "c.example"), names("c.example")]
    assert ca.told == [names("b.example"), names("a.example")]


def test_several_at_once() -> None:
    ca = StrictCa("c.example b.example")
    assert ca.issue(ABC) == names("a.example")
    assert ca.told == [names("b.example", "c.example")]


def test_none_left_raises_the_first_error() -> None:
    ca = StrictCa("b.example", "a.example c.example")
    with pytest.raises(AcmeError, match=r"no b\.example"):
        ca.issue(ABC)
    assert ca.told == [names("b.example")]


def test_an_error_that_blames_no_name_is_raised_at_once() -> None:
    ca = StrictCa("b.example", "")
    with pytest.raises(AcmeError, match=r"the CA refused: caa: no$"):
        ca.issue(ABC)
    foreign = StrictCa("other.example")
    with pytest.raises(AcmeError):
        foreign.issue(ABC)
    assert len(foreign.asked) == 1


def test_a_fault_of_our_own_is_no_reason_to_drop_names() -> None:
    def attempt(identifiers: tuple[Identifier, ...]) -> str:
        raise SolverFailed("the directory is gone", remedy="make it")

    with pytest.raises(SolverFailed):
        for_those_accepted(ABC, attempt, lambda dropped: None)


def test_a_wildcard_is_blamed_by_its_base() -> None:
    wild = names("a.example", "*.b.example", "*.a.example")
    assert refused(blaming("b.example"), wild) == names("*.b.example")
    assert refused(blaming("a.example"), wild) == names("a.example")
    assert refused(blaming("*.a.example"), wild) == names("*.a.example")
    ca = StrictCa("a.example", "a.example")
    assert ca.issue(wild) == names("*.b.example")


def test_addresses() -> None:
    both = names("a.example", "192.0.2.1")
    assert refused(blaming("192.0.2.1"), both) == names("192.0.2.1")
