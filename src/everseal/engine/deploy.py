"""Saving a new version and putting it to use: one commit, the exports, the deploy hooks.

Exports and hooks are owed from the commit on, so that a run which is killed in between leaves them to the
next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from everseal.engine.exporting import owed_exports, run_exports
from everseal.engine.issue import Issued
from everseal.engine.outcome import Outcome, Rehearsed, Saved
from everseal.engine.owed import after
from everseal.engine.pruning import prune_after_renewal
from everseal.engine.tools import Workshop
from everseal.hooks.runner import HookCommands
from everseal.model.errors import OperatorError
from everseal.model.events import DeployStarted, HookRan, VersionSaved, Warned
from everseal.model.lineage import Lineage, NewVersion, ParameterValue
from everseal.model.names import Identifier
from everseal.model.pending import OwedHook
from everseal.planning.issuing_ca import IssuingCa, issuer_note
from everseal.planning.plan import Issue, UseAccount
from everseal.planning.suggestion import ORDERED_FOR, OWN_SECTION

_LOCK_WAIT: Final = 60.0


def export(
    action: Issue, lineage: Lineage, identifiers: tuple[Identifier, ...], shop: Workshop
) -> tuple[str, ...]:
    """Copy the new version to where the lineage's versions go; returns the failures."""
    return run_exports(owed_exports(action.name, identifiers, action.exports), lineage, shop)


def save(action: Issue, issued: Issued, shop: Workshop) -> Lineage:
    """Commit the new version and owe its deploy hooks; the caller holds the lineage's lock."""
    assert issued.key is not None, "a certificate for a CSR has no lineage"
    lineage = shop.store.commit(
        action.name,
        NewVersion(
            key_pem=issued.key.to_pem(), fullchain_pem=issued.fullchain_pem, identifiers=issued.identifiers
        ),
        parameters=_parameters(action, issued, shop),
        sections={OWN_SECTION: _own_section(action, issued, shop)},
        new=action.new,
        owed=[
            *owed_exports(action.name, issued.identifiers, action.exports),
            *(
                OwedHook("deploy", command, action.name, issued.identifiers)
                for command in shop.hooks.deploy_commands(hook_commands(action))
            ),
        ],
    )
    if not action.new:
        prune_after_renewal(action.name, action.retention, shop)
    shop.emit(
        VersionSaved(
            action.name,
            lineage.live,
            lineage.fullchain_path,
            lineage.privkey_path,
            lineage.certificate.not_after,
        )
    )
    return lineage


def _parameters(action: Issue, issued: Issued, shop: Workshop) -> Mapping[str, ParameterValue]:
    """With the account that was registered on the way, which the plan could not know; the CA and account of
    a fallback never stand there."""
    if isinstance(action.account, UseAccount) or issued.server != action.parameters.get("server"):
        return action.parameters
    account = _account_id(issued, shop)
    return action.parameters if account is None else {**action.parameters, "account": account}


def _own_section(action: Issue, issued: Issued, shop: Workshop) -> Mapping[str, ParameterValue]:
    """What the renewal file says that Certbot does not know.

    Which CA issued, where it is not the first, and why a renewal was ordered: one because the CA's window
    had opened is not followed by another at once, if the next window is open already.
    """
    own = dict(action.own_parameters)
    if not action.new:
        own[ORDERED_FOR] = action.reason.code
    if issued.server != action.parameters.get("server"):
        own |= issuer_note(IssuingCa(issued.server, _account_id(issued, shop)), issued.facts.serial)
    return own


def _account_id(issued: Issued, shop: Workshop) -> str | None:
    accounts = shop.accounts.accounts(issued.server)
    return next((each.id for each in accounts if each.url == issued.account_url), None)


def deploy_later(outcomes: Sequence[Outcome], shop: Workshop) -> tuple[Outcome, ...]:
    """Run the deploy hooks that waited until no order is under way, in the order of the plan.

    A hook that restarts a web server must not do so while the CA looks at it for another certificate.
    What a run that has to end does not come to stays owed.
    """
    return tuple(
        _deploy_now(each, shop) if isinstance(each, Saved | Rehearsed) else each for each in outcomes
    )


def _deploy_now(done: Saved | Rehearsed, shop: Workshop) -> Outcome:
    name = done.action.name
    if not _has_hooks(done, shop):
        return done
    with shop.about(name):
        if shop.stop is not None and shop.stop.is_over:
            shop.emit(Warned(f"{name}: its deploy hooks are left to the next run"))
            return done
        shop.emit(DeployStarted(name))
        try:
            with shop.store.lock(name, wait=_LOCK_WAIT):
                return deploy(done, shop)
        except OperatorError as error:
            left = f"{name}: its deploy hooks are left to the next run"
            shop.emit(Warned(f"{left}: {error.message}; {error.remedy}"))
            return done


def deploy(done: Saved | Rehearsed, shop: Workshop) -> Saved | Rehearsed:
    """Run the deploy hooks that are owed for it, those of a rehearsal where that is wanted.

    What ends well is no longer owed, the rest is for later runs.  The caller holds the lineage's lock:
    whoever else finds hooks owed leaves them.
    """
    if not _has_hooks(done, shop) or done.lineage is None:
        return done
    commands = hook_commands(done.action)
    if isinstance(done, Saved):
        results = run_owed(commands, done.lineage, done.identifiers, shop)
    else:
        results = shop.hooks.deploy(commands, done.lineage.live_dir, done.identifiers)
    return replace(done, hook_failures=done.hook_failures + failures(results))


def _has_hooks(done: Saved | Rehearsed, shop: Workshop) -> bool:
    if isinstance(done, Rehearsed) and not (shop.deploy_in_rehearsal and done.lineage is not None):
        return False
    return bool(shop.hooks.deploy_commands(hook_commands(done.action)))


def run_owed(
    commands: HookCommands, lineage: Lineage, identifiers: tuple[Identifier, ...], shop: Workshop
) -> tuple[HookRan, ...]:
    """Run deploy hooks as far as they are on record as owed; the caller holds the lineage's lock."""

    def owed(command: str) -> OwedHook:
        return OwedHook("deploy", command, lineage.name, identifiers)

    return shop.hooks.deploy(
        commands,
        lineage.live_dir,
        identifiers,
        wanted=lambda command: shop.store.owes(owed(command)),
        ended=lambda result: after(owed(result.command), result, shop),
    )


def hook_commands(action: Issue) -> HookCommands:
    configured = action.configured_hooks
    return HookCommands(configured.pre, configured.deploy, configured.post)


def failures(results: Iterable[HookRan]) -> tuple[str, ...]:
    """One clause for each hook that did not end well."""
    return tuple(
        f"{each.kind} hook {each.command!r} ended with status {each.status}"
        for each in results
        if each.status != 0
    )
