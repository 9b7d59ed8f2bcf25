"""A run: every action of a plan, each under its lock, with the hooks around them.

The order is Certbot's: pre hooks before the first attempt, each lineage issued, saved and
deployed, then whatever the caller shows, then the post hooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, assert_never

from everseal.engine.deploy import deploy, failures, hook_commands, save
from everseal.engine.outcome import (
    Failed,
    Left,
    Outcome,
    Overtaken,
    Rehearsed,
    Reported,
    RunReport,
    Saved,
)
from everseal.engine.subset import issue_what_is_possible
from everseal.engine.tools import Workshop
from everseal.hooks.environment import LONGEST_NAMES, LONGEST_NAMES_OF_A_RENEW
from everseal.model.errors import LineageMissing, OperatorError
from everseal.model.events import LineageFailed, LineageSkipped, LineageStarted, Warned
from everseal.model.lineage import Lineage
from everseal.model.names import Identifier
from everseal.planning.plan import Action, Issue, Leave, Plan, Report

_LOCK_WAIT: Final = 300.0


def carry_out(
    plan: Plan, shop: Workshop, *, before_post: Callable[[RunReport], None] | None = None
) -> RunReport:
    """Do everything in ``plan`` and report every outcome; one lineage's failure stops no other.

    ``before_post`` sees the report before the post hooks run.
    """
    with shop.store.run_lock():
        report = RunReport(tuple(shop.each_lineage(lambda action: _act(action, shop), plan.actions)))
        if before_post is not None:
            before_post(report)
        results = shop.hooks.post(
            renewed=tuple(_renewed(report)),
            failed=tuple(_failed(report)),
            limit=LONGEST_NAMES if len(plan.actions) == 1 else LONGEST_NAMES_OF_A_RENEW,
        )
    return RunReport(report.outcomes, failures(results))


def _act(action: Action, shop: Workshop) -> Outcome:
    match action:
        case Leave():
            return _leave(action, shop)
        case Report():
            return Reported(action)
        case Issue():
            try:
                return _issue(action, shop)
            except OperatorError as error:
                shop.emit(LineageFailed(action.name, error.message, error.remedy))
                return Failed(action, error)
        case _:
            assert_never(action)


def _leave(action: Leave, shop: Workshop) -> Outcome:
    """Order nothing; a newer version that an interrupted run left behind is put to use."""
    if action.relink is not None:
        try:
            with shop.store.lock(action.name, wait=_LOCK_WAIT):
                shop.store.relink(action.name, action.relink)
        except OperatorError as error:
            shop.emit(Warned(f"{error.message}; {error.remedy}"))
    shop.emit(LineageSkipped(action.name, action.reason.sentence))
    return Left(action)


def _issue(action: Issue, shop: Workshop) -> Outcome:
    tools = shop.tools_for(action)
    tools.solver.check(action.identifiers)
    with shop.store.lock(action.name, wait=_LOCK_WAIT):
        shop.store.recover(action.name)
        present = _look_again(action, shop)
        if present is not None and present.certificate.serial != action.present_serial:
            return Overtaken(action, present)
        shop.emit(LineageStarted(action.name, action.identifiers, not action.new, action.dry_run))
        commands = hook_commands(action)
        shop.hooks.owe_post(commands)
        hook_failures = failures(shop.hooks.pre(commands))
        issued = issue_what_is_possible(action, tools, shop)
        if action.dry_run:
            shop.store.drop_journal(action.name)
        else:
            present = save(action, issued, shop)
    if present is not None and (not action.dry_run or shop.deploy_in_rehearsal):
        hook_failures += deploy(action, present, issued.identifiers, shop)
    if action.dry_run or present is None:
        return Rehearsed(action, issued.identifiers, hook_failures)
    return Saved(action, present, issued.identifiers, hook_failures)


def _look_again(action: Issue, shop: Workshop) -> Lineage | None:
    """The lineage as it stands now that nobody else can change it."""
    if not action.new:
        return shop.store.load(action.name)
    try:
        present = shop.store.load(action.name)
    except LineageMissing:
        shop.store.reserve_check(action.name)
        return None
    return present


def _renewed(report: RunReport) -> Iterator[Identifier]:
    for outcome in report.outcomes:
        if isinstance(outcome, Saved | Rehearsed):
            yield from outcome.identifiers


def _failed(report: RunReport) -> Iterator[Identifier]:
    for outcome in report.outcomes:
        if isinstance(outcome, Failed):
            yield from outcome.action.identifiers
