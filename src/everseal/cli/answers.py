"""Putting the questions of a plan to a person, until there is a plan."""

from __future__ import annotations

from typing import Final

from everseal.cli.questions import ask
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.planning.choose import Answer, QuestionKind
from everseal.planning.plan import Plan

_PATIENCE: Final = 8


def answered_plan(session: Session, manager: Manager) -> Plan:
    """Plan, ask what has to be asked, plan again."""
    answers: dict[QuestionKind, Answer] = {}
    for _ in range(_PATIENCE):
        plan = manager.plan_certificate(answers)
        if isinstance(plan, Plan):
            return plan
        answers[plan.kind] = ask(plan, session.dialogue, verb="certonly")
    raise AssertionError("a question was asked again and again")
