"""What every solver promises: subclass, and say how to make one and how the CA would look."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest

from everseal.acme.challenges import CHALLENGE_TYPES, ChallengeType, Presentation
from everseal.model.errors import SolverFailed
from everseal.model.names import DnsName
from tests.solvers.samples import make_presentation

if TYPE_CHECKING:
    from everseal.ports import Solver


class SolverContract(ABC):
    """Subclasses are collected by pytest; a fixture may prepare ``self`` before each test."""

    kind: ChallengeType = "http-01"

    @abstractmethod
    def make(self) -> Solver:
        """Another object, as another process would make it."""

    @abstractmethod
    def is_seen(self, solver: Solver, challenge: Presentation) -> bool:
        """Would the CA be content with what it finds?"""

    def sample(self, name: str = "a.example", seed: object = "") -> Presentation:
        return make_presentation(name, self.kind, seed)

    def test_what_is_presented_is_seen_and_what_is_cleaned_up_is_not(self) -> None:
        solver = self.make()
        first, second = self.sample("a.example"), self.sample("b.example")
        solver.check([first.identifier, second.identifier])
        assert not self.is_seen(solver, first)
        solver.present([first, second])
        solver.wait([first, second])
        assert self.is_seen(solver, first)
        assert self.is_seen(solver, second)
        solver.clean_up([first, second])
        assert not self.is_seen(solver, first)
        assert not self.is_seen(solver, second)

    def test_presenting_twice_is_harmless(self) -> None:
        solver, challenge = self.make(), self.sample()
        solver.present([challenge])
        solver.present([challenge])
        assert self.is_seen(solver, challenge)
        solver.clean_up([challenge])
        assert not self.is_seen(solver, challenge)

    def test_cleaning_up_twice_or_for_nothing_is_harmless(self) -> None:
        solver, challenge = self.make(), self.sample()
        solver.clean_up([challenge])
        solver.present([challenge])
        solver.clean_up([challenge])
        solver.clean_up([challenge])
        assert not self.is_seen(solver, challenge)

    def test_another_object_can_clean_up(self) -> None:
        solver, challenge = self.make(), self.sample()
        solver.present([challenge])
        self.make().clean_up([challenge])
        solver.clean_up([challenge])
        assert not self.is_seen(solver, challenge)

    def test_it_can_be_used_again(self) -> None:
        solver, challenge = self.make(), self.sample()
        for _ in range(2):
            solver.present([challenge])
            assert self.is_seen(solver, challenge)
            solver.clean_up([challenge])

    def test_cleaning_up_one_leaves_the_others(self) -> None:
        solver = self.make()
        one, other = self.sample("a.example"), self.sample("b.example")
        solver.present([one])
        solver.present([other])
        solver.clean_up([one])
        assert not self.is_seen(solver, one)
        assert self.is_seen(solver, other)
        solver.clean_up([other])

    def test_several_orders_at_the_same_time(self) -> None:
        solver = self.make()
        unseen: list[str] = []

        def order(number: int) -> None:
            for turn in range(3):
                challenge = self.sample(f"n{number}.example", turn)
                solver.present([challenge])
                if not self.is_seen(solver, challenge):
                    unseen.append(challenge.identifier.value)
                solver.clean_up([challenge])

        run_at_once([partial(order, number) for number in range(4)])
        assert unseen == []

    def test_describing_does_nothing(self) -> None:
        solver, challenge = self.make(), self.sample()
        sentence = solver.describe(challenge.identifier, self.kind)
        assert sentence
        assert sentence.isprintable()
        assert not sentence.endswith(".")
        assert not self.is_seen(solver, challenge)

    def test_it_names_the_challenges_it_can_answer(self) -> None:
        assert self.kind in self.make().challenge_types(DnsName("a.example"))

    def test_a_challenge_it_cannot_answer_is_refused(self) -> None:
        solver = self.make()
        for kind in CHALLENGE_TYPES:
            if kind not in solver.challenge_types(DnsName("a.example")):
                with pytest.raises(SolverFailed, match=kind) as caught:
                    solver.present([make_presentation("a.example", kind)])
                assert caught.value.remedy


def run_at_once(works: list[Callable[[], None]]) -> None:
    """Run all on threads of their own; the first error is raised here."""
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
