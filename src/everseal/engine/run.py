"""A run: every action of a plan, each under its lock, with the hooks around them.

The order is Certbot's: pre hooks before the first attempt, each lineage issued, saved and
deployed, then whatever the caller shows, then the post hooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Final, assert_never

from everseal.engine.appraisal import appraise
from everseal.engine.attempts import issue_somewhere, stand_by
from everseal.engine.deploy import deploy, deploy_later, export, failures, hook_commands, save
from everseal.engine.mending import mend
from everseal.engine.outcome import (
    Delivered,
    Failed,
    Left,
    Outcome,
    Overtaken,
    Rehearsed,
    Reported,
    RunReport,
    Saved,
    Stopped,
)
from everseal.engine.owed import after, owe_post
from everseal.engine.setbacks import counted
from everseal.engine.tools import Workshop
from everseal.hooks.environment import LONGEST_NAMES, LONGEST_NAMES_OF_A_RENEW
from everseal.model.errors import Interrupted, LineageMissing, OperatorError
from everseal.model.events import (
    HookRan,
    LineageDone,
    LineageExamined,
    LineageFailed,
    LineageSkipped,
    LineageStarted,
    RunEnded,
    RunStarted,
    Warned,
)
from everseal.model.lineage import Lineage
from everseal.model.names import Identifier
from everseal.model.pending import OwedHook
from everseal.planning.issuing_ca import issuing_ca
from everseal.planning.plan import Action, Blocked, Issue, Leave, Plan, Report

_LOCK_WAIT: Final = 300.0


def carry_out(
    plan: Plan, shop: Workshop, *, before_post: Callable[[RunReport], None] | None = None
) -> RunReport:
    """Do everything in ``plan`` and report every outcome; one lineage's failure stops no other.

    ``before_post`` sees the report before the post hooks run.  Once ``shop.stop`` wants it no order is begun
    any more; those under way come to their end, or are broken off where the journal can go on from.
    """
    with shop.store.run_lock():
        if not _is_rehearsal(plan):
            mend(shop)
        with _hooks_lock(plan, shop):
            try:
                report = RunReport(_each(plan, shop))
                if before_post is not None:
                    before_post(report)
            except BaseException:
                _run_post_hooks(RunReport(()), plan, shop)
                raise
            hook_failures = failures(_run_post_hooks(report, plan, shop))
        if not shop.is_stopping:
            stand_by([each.action for each in report.saved], shop)
            _ask_about_the_new(report, shop)
    return RunReport(report.outcomes, hook_failures)


def _hooks_lock(plan: Plan, shop: Workshop) -> AbstractContextManager[object]:
    """Tells other runs that the post hooks on record may be ours, and we are alive to run them."""
    if any(isinstance(action, Issue) for action in plan.actions):
        return shop.store.hooks_lock(alone=False, wait=_LOCK_WAIT)
    return nullcontext()


def _run_post_hooks(report: RunReport, plan: Plan, shop: Workshop) -> tuple[HookRan, ...]:
    """Also when the run is interrupted: a pre hook may have stopped somebody's web server."""

    def ended(result: HookRan) -> None:
        owed = OwedHook("post", result.command)
        if _is_rehearsal(plan):
            shop.store.settle_hook(owed)
        else:
            after(owed, result, shop)

    return shop.hooks.post(
        renewed=tuple(_renewed(report)),
        failed=tuple(_failed(report)),
        limit=LONGEST_NAMES if len(plan.actions) == 1 else LONGEST_NAMES_OF_A_RENEW,
        ended=ended,
    )


def _ask_about_the_new(report: RunReport, shop: Workshop) -> None:
    """When everything else is done, learn when the CAs want the new certificates renewed."""
    counsel = shop.counsel
    if counsel is None:
        return

    def ask(saved: Saved) -> None:
        ca = issuing_ca(saved.lineage)
        server = saved.action.server if ca is None else ca.server
        client = shop.tools_for(replace(saved.action, server=server)).client
        counsel.first_advice(saved.lineage, client, shop.store, now=shop.clock.now())

    shop.each_request(ask, report.saved)


def _is_rehearsal(plan: Plan) -> bool:
    return any(isinstance(action, Issue) and action.dry_run for action in plan.actions)


def _each(plan: Plan, shop: Workshop) -> tuple[Outcome, ...]:
    shop = replace(shop, side_by_side=shop.side_by_side and len(plan.issues) > 1)
    shop.emit(RunStarted(tuple(action.name for action in plan.actions), len(plan.issues)))
    try:
        outcomes = shop.each_lineage(lambda action: _turn(action, shop), plan.actions)
    finally:
        shop.emit(RunEnded())
    return deploy_later(outcomes, shop) if shop.side_by_side else tuple(outcomes)


def _turn(action: Action, shop: Workshop) -> Outcome:
    """One lineage's turn, if there is one still; whatever happens meanwhile is about it."""
    if isinstance(action, Issue) and shop.is_stopping:
        return Stopped(action, begun=False)
    with shop.about(action.name):
        shop.emit(LineageExamined(action.conf_path, action.name))
        try:
            return _act(action, shop)
        finally:
            shop.emit(LineageDone(action.name))


def _act(action: Action, shop: Workshop) -> Outcome:
    match action:
        case Leave():
            return _leave(action, shop)
        case Report():
            return Reported(action)
        case Blocked():
            shop.emit(LineageFailed(action.name, action.error))
            return Failed(action, action.error)
        case Issue():
            try:
                with _heeding(action, shop):
                    return _issue(action, shop) if action.options.csr_der is None else _deliver(action, shop)
            except Interrupted:
                if not shop.is_stopping:
                    raise
                return Stopped(action, begun=True)
            except OperatorError as error:
                shop.emit(LineageFailed(action.name, error, _authenticator(action)))
                return Failed(action, error)
        case _:
            assert_never(action)


def _heeding(action: Issue, shop: Workshop) -> AbstractContextManager[object]:
    """A CA that is not there is waited for, unless there is another one to ask."""
    if shop.rests is None or action.fallbacks:
        return nullcontext()
    return shop.rests.heeded(action.server)


def _leave(action: Leave, shop: Workshop) -> Outcome:
    """Order nothing; a newer version that an interrupted run left behind is put to use."""
    if action.relink is not None:
        try:
            with shop.store.lock(action.name, wait=_LOCK_WAIT):
                if shop.store.inventory(action.name).pinned is None:
                    shop.store.relink(action.name, action.relink)
        except OperatorError as error:
            shop.emit(Warned(f"{error.message}; {error.remedy}"))
    shop.emit(LineageSkipped(action.name, action.reason.sentence, relinked=action.relink is not None))
    return Left(action)


def _deliver(action: Issue, shop: Workshop) -> Outcome:
    """A certificate for an operator's own signing request: no lineage, no hooks.

    The lock is for what is put in place meanwhile, which other runs would take for left behind.
    """
    tools = shop.tools_for(action)
    tools.solver.check(action.identifiers)
    with shop.store.lock(action.name, wait=_LOCK_WAIT):
        shop.emit(LineageStarted(action.name, action.identifiers, renewal=False, dry_run=action.dry_run))
        issued = issue_somewhere(action, tools, shop)
    appraise(action.name, issued.facts, None, shop)
    if action.dry_run:
        return Rehearsed(action, issued.identifiers)
    return Delivered(action, issued.fullchain_pem, issued.facts)


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
        owe_post(shop.hooks.owe_post(commands), shop)
        hook_failures = failures(shop.hooks.pre(commands))
        with counted(action, present, shop):
            issued = issue_somewhere(action, tools, shop)
        appraise(action.name, issued.facts, present, shop)
        if action.dry_run:
            done: Saved | Rehearsed = Rehearsed(action, issued.identifiers, hook_failures, present)
        else:
            saved = save(action, issued, shop)
            hook_failures += export(action, saved, issued.identifiers, shop)
            done = Saved(action, saved, issued.identifiers, hook_failures)
        return done if shop.side_by_side else deploy(done, shop)


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


def _authenticator(action: Issue) -> str | None:
    name = action.parameters.get("authenticator")
    return name if isinstance(name, str) else None


def _renewed(report: RunReport) -> Iterator[Identifier]:
    for outcome in report.outcomes:
        if isinstance(outcome, Saved | Rehearsed):
            yield from outcome.identifiers


def _failed(report: RunReport) -> Iterator[Identifier]:
    for outcome in report.outcomes:
        if isinstance(outcome, Failed):
            yield from outcome.action.identifiers
