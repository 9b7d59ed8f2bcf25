"""Making another version live, and telling the servers by their deploy hooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from everseal.engine.deploy import failures, run_owed
from everseal.engine.exporting import owed_exports, run_exports
from everseal.engine.history import history
from everseal.engine.tools import Workshop
from everseal.hooks.runner import HookCommands
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage
from everseal.model.pending import OwedHook
from everseal.planning.switching import Switch, decide_switch

_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Switched:
    """What was done; ``step.changes_something`` False: it was so already."""

    step: Switch
    lineage: Lineage
    hook_failures: tuple[str, ...] = ()


def switch(planned: Switch, shop: Workshop) -> Switched:
    """Look again under the lineage's lock, move its links, export, and run the deploy hooks.

    The hooks are on record before the links move, so that a run which is killed in between leaves them to
    the next one.  Raises Busy, LineageMissing, LineageBroken, VersionMissing, Unsound, StoreUnusable.
    """
    store, name = shop.store, planned.name
    with store.run_lock(), store.lock(name, wait=_WAIT):
        store.recover(name)
        again = decide_switch(
            history(name, store, now=shop.clock.now()), planned.to, even_if_expired=planned.expired
        )
        step = replace(
            again,
            configured_hooks=planned.configured_hooks,
            hooks=planned.hooks,
            exports=planned.exports,
        )
        if not step.changes_something:
            return Switched(step, store.load(name))
        if step.live == step.to:
            return Switched(step, store.relink(name, step.to, pinned=step.pins))
        return _move(step, shop)


def _move(step: Switch, shop: Workshop) -> Switched:
    commands = _commands(step)
    exports = owed_exports(step.name, step.identifiers, step.exports)
    hooks = [
        OwedHook("deploy", command, step.name, step.identifiers)
        for command in shop.hooks.deploy_commands(commands)
    ]
    lineage = shop.store.relink(step.name, step.to, pinned=step.pins, owed=(*exports, *hooks))
    failed_exports = run_exports(exports, lineage, shop)
    results = run_owed(commands, lineage, step.identifiers, shop)
    return Switched(step, lineage, failed_exports + failures(results))


def _commands(step: Switch) -> HookCommands:
    configured = step.configured_hooks
    return HookCommands(configured.pre, configured.deploy, configured.post)
