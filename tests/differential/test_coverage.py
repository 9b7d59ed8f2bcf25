"""The scenarios leave nothing out, and the list of differences speaks of scenarios that exist."""

import pytest

from tests.differential.comparison import LIST, read_allowed
from tests.differential.coverage import options_missing, prompts_missing, verbs_missing
from tests.differential.scenario import Scenario
from tests.differential.scenarios import SCENARIOS


def test_every_verb_occurs() -> None:
    assert verbs_missing(SCENARIOS) == []


def test_every_option_of_certbots_occurs() -> None:
    assert options_missing(SCENARIOS) == []


def test_every_question_occurs() -> None:
    assert prompts_missing(SCENARIOS) == []


def test_nothing_occurs_where_nothing_is_played() -> None:
    nothing: tuple[Scenario, ...] = ()
    assert verbs_missing(nothing)
    assert options_missing(nothing)
    assert prompts_missing(nothing)


def test_names_tell_scenarios_apart() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert sorted(set(names)) == sorted(names)


def test_listed_differences_are_of_scenarios_that_are_played() -> None:
    rows = list(read_allowed(LIST.read_text("utf-8")))
    assert {row.scenario for row in rows} <= {scenario.name for scenario in SCENARIOS}
    places = [(row.scenario, row.path, row.field) for row in rows]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("text", ["", "| scenario | path | field | why |", "| `a` | `b` | c | d |"])
def test_other_lines_are_no_rows(text: str) -> None:
    assert list(read_allowed(text)) == []
