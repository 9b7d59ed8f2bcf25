"""Plans for what happens to versions that are there already."""

from __future__ import annotations

from dataclasses import replace

from everseal.engine.history import history
from everseal.model.names import CertificateName
from everseal.planning.switching import Switch, decide_switch
from everseal.wiring import wishes
from everseal.wiring.drafts import planned_hooks
from everseal.wiring.house import House


def plan_switch(house: House, name: CertificateName, to: int, *, even_if_expired: bool) -> Switch:
    """Raises LineageMissing, LineageBroken, VersionMissing, Unsound."""
    settings = house.restored(house.store.load(name))
    now = house.surroundings.clock.now()
    step = decide_switch(history(name, house.store, now=now), to, even_if_expired=even_if_expired)
    configured = wishes.configured_hooks(settings)
    moves = step.live != step.to
    hooks = [each for each in planned_hooks(house, configured) if each.kind == "deploy"] if moves else []
    return replace(step, configured_hooks=configured, hooks=tuple(hooks))
