"""Making another version live, and telling the servers by their deploy hooks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from everseal.engine.deploy import failures, run_owed
from everseal.engine.history import history
from everseal.engine.tools import Workshop
from everseal.hooks.runner import HookCommands
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
    """Look again under the lineage's lock, move its links, and run the deploy hooks.

    The hooks are on record before the links move, so that a run which is killed in between leaves them to
    the next one.  Raises Busy, LineageMissing, LineageBroken, VersionMissing, Unsound, StoreUnusable.
    """
    store, name = shop.store, planned.name
    with store.run_lock(), store.lock(name, wait=_WAIT):
        store.recover(name)
        again = decide_switch(
            history(name, store, now=shop.clock.now()), planned.to, even_if_expired=planned.expired
        )
        step = replace(again, configured_hooks=planned.configured_hooks, hooks=planned.hooks)
        if not step.changes_something:
            return Switched(step, store.load(name))
        moves = step.live != step.to
        commands = _commands(step)
        owed = [
            OwedHook("deploy", command, name, step.identifiers)
            for command in (shop.hooks.deploy_commands(commands) if moves else ())
        ]
        lineage = store.relink(name, step.to, pinned=step.pins, owed=owed)
        results = run_owed(commands, lineage, step.identifiers, shop) if moves else ()
    return Switched(step, lineage, failures(results))


def _commands(step: Switch) -> HookCommands:
    configured = step.configured_hooks
    return HookCommands(configured.pre, configured.deploy, configured.post)
