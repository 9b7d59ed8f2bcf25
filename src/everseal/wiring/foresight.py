"""A plan's orders against the CAs' limits, one after the other, each counted for those behind it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from everseal.planning.ahead import held_back, order_ahead
from everseal.planning.plan import Action, Issue, UseAccount

if TYPE_CHECKING:
    from everseal.store.ledger.ledger import Ledger
    from everseal.wiring.house import House


def weighed(house: House, actions: Sequence[Action], *, now: datetime) -> Sequence[Action]:
    """The actions with their forecasts; an order that would surely be refused is held back, unless another
    CA may be asked.

    Where nothing is ordered no ledger is opened.  Raises BadLimits.
    """
    if not any(isinstance(action, Issue) for action in actions):
        return actions
    despite = house.settings.flag("despite_limits")
    with closing(house.limits.snapshot(now=now)) as ledger:
        return [
            _weighed(action, house, ledger, despite, now) if isinstance(action, Issue) else action
            for action in actions
        ]


def _weighed(action: Issue, house: House, ledger: Ledger, despite: bool, now: datetime) -> Action:
    pending = house.store.journal(action.name) if action.is_kept else None
    if pending is not None and pending.order_url is not None:
        return action
    url = action.account.url if isinstance(action.account, UseAccount) else None
    ahead = order_ahead(action, action.identifiers, url, now=now)
    forecast = ledger.forecast(ahead, now=now)
    if forecast.refusal is not None and not despite:
        elsewhere = "limits" in action.fallback_on and len(action.attempts) > 1
        return replace(action, forecast=forecast) if elsewhere else held_back(action, forecast.refusal)
    ledger.suppose(ahead, now=now)
    return replace(action, forecast=forecast)
