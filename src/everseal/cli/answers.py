"""Putting the questions of a plan to a person, until there is a plan."""

from __future__ import annotations

from typing import Final, Literal

from everseal.cli.consent import ask_contact, usable_accounts
from everseal.cli.prompts import known_names, with_authenticator, with_names, with_webroots
from everseal.cli.questions import ask
from everseal.cli.session import Session
from everseal.manager import Manager
from everseal.model.frozen import dataclass
from everseal.planning.choose import Answer, Question, QuestionKind
from everseal.planning.plan import Leave, Plan
from everseal.planning.reasons import NamesChanged, Unchanged
from everseal.planning.words import every
from everseal.reports.renewals import NOT_DUE
from everseal.settings.values import Settings
from everseal.solvers.errors import NoDirectory, WebrootMissing
from everseal.system.log_records import WARNING

_PATIENCE: Final = 8


@dataclass(frozen=True, slots=True)
class Answered:
    """A plan, the manager that carries it out, and the settings with what a person said."""

    manager: Manager
    plan: Plan
    settings: Settings
    answers: dict[QuestionKind, Answer]


def answered_plan(session: Session, *, verb: Literal["certonly", "run"] = "certonly") -> Answered:
    """Ask what is not said, plan, ask what has to be asked, plan again."""
    settings = with_authenticator(session, session.settings)
    acts = not settings.flag("plan") and session.verb != "plan"
    if acts and settings.text("authenticator") is not None:
        settings = with_names(session, _with_account(session, settings))
    answers: dict[QuestionKind, Answer] = {}
    for _ in range(_PATIENCE):
        manager = session.manager(settings)
        try:
            plan = manager.plan_certificate(answers, remember_advice=acts and not settings.flag("dry_run"))
        except NoDirectory:
            raise
        except WebrootMissing:
            settings = with_webroots(session, settings, known_names(manager, settings))
            continue
        asks_whether = not isinstance(plan, Plan) and plan.kind == "identical"
        if acts and (asks_whether or (not answers and _keeps(plan))):
            session.console.notify(NOT_DUE)
        if isinstance(plan, Plan):
            return Answered(manager, plan, settings, answers)
        answers[plan.kind] = ask(plan, session.dialogue, verb=verb)
    raise AssertionError("a question was asked again and again")


def _keeps(plan: Plan | Question) -> bool:
    """Whether the plan keeps the certificate because it is the one asked for and not due."""
    return isinstance(plan, Plan) and any(
        isinstance(action, Leave) and isinstance(action.reason, Unchanged) for action in plan.actions
    )


def _with_account(session: Session, settings: Settings) -> Settings:
    """Where questions may be asked, an account comes before the names: its own questions are the first."""
    settings = ask_contact(session, settings)
    may_ask = not settings.flag("noninteractive_mode")
    if may_ask and not settings.flag("dry_run") and not usable_accounts(session, settings):
        manager = session.manager(settings)
        manager.change_account(manager.plan_account("register"))
    return settings


def tell_dropped_names(session: Session, answered: Answered) -> None:
    """A person was asked; anybody else hears loudly that a certificate loses names."""
    if "update-names" in answered.answers and session.dialogue.attended:
        return
    for action in answered.plan.issues:
        if action.is_kept and isinstance(action.reason, NamesChanged) and action.reason.removed:
            lost = action.reason.removed
            again = " ".join(f"--add {each.value}" for each in lost)
            text = (
                f"WARNING: the certificate {action.name} will no longer be for {every(lost)}. "
                f"To bring them back: {session.program} names {action.name} {again}"
            )
            session.console.error(text)
            session.log.write(WARNING, "everseal.cli", text)
