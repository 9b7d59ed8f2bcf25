from __future__ import annotations

from typing import get_args

import pytest

from everseal.planning.plan import Action, Report
from everseal.planning.reasons import Reason
from everseal.reports.plan_text import render_plan
from tests.golden.compare import HERE, assert_golden
from tests.planning.samples import due_reasons, not_due_reasons, plan_of, plans


@pytest.mark.parametrize("name", sorted(plans()))
def test_every_kind_of_plan(name: str) -> None:
    assert_golden(f"plans/{name}.txt", render_plan(plans()[name]))


def test_every_reason_is_in_a_golden_file() -> None:
    samples = (*due_reasons(), *not_due_reasons())
    assert {type(each) for each in samples} == set(get_args(Reason))
    shown = "".join(path.read_text(encoding="utf-8") for path in (HERE / "plans").glob("*.txt"))
    assert [each for each in samples if each.sentence not in shown] == []


def test_every_kind_of_action_is_in_a_golden_file() -> None:
    assert {type(each) for plan in plans().values() for each in plan.actions} == set(get_args(Action))


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in (HERE / "plans").iterdir()} == set(plans())


def test_a_line_from_outside_stays_one_line() -> None:
    shown = render_plan(plan_of(Report("/x\n/y.conf", "bad\nCA: https://evil.example", "mend\tit")))
    assert len(shown.splitlines()) == 5


def test_long_lists_are_whole() -> None:
    many = ", ".join(f"{number}.example" for number in range(100))
    plan = plan_of(Report("/x.conf", many, "none"))
    assert many in render_plan(plan)
