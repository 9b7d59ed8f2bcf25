"""Names that no longer lead here; asked only with a network."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from everseal.store.doctor.examination import Network
from tests.store.doctor.clinic import Clinic

HERE = "192.0.2.1"


def network(answers: Mapping[str, Collection[str] | None]) -> Network:
    return Network(lambda name: answers.get(name, (HERE,)), (HERE, "127.0.0.1"))


def test_names_that_lead_here(clinic: Clinic) -> None:
    clinic.age()
    assert clinic.examine(network=network({})) == ()


def test_names_that_lead_elsewhere_or_nowhere_or_are_not_answered(clinic: Clinic) -> None:
    clinic.age()
    answers = {"a.test": (), "www.a.test": ("198.51.100.7",), "b.test": None}
    found = clinic.examine(network=network(answers))
    assert [(each.code, each.subject) for each in found] == [
        ("name-unresolved", "a.test"),
        ("name-elsewhere", "a.test"),
    ]
    assert "198.51.100.7" in found[1].what


def test_only_the_names_of_those_asked_for_are_looked_up(clinic: Clinic) -> None:
    clinic.age()
    assert clinic.examine("b.test", network=network({"a.test": ()})) == ()
