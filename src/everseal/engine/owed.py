"""Hooks that are owed: on record before they could be forgotten, settled once they ended well.

A hook whose run was interrupted is run again at the next start; one that ended with an error a few
times more, with longer and longer pauses, and is then left on record for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from everseal.engine.tools import Workshop
from everseal.model.events import HookRan
from everseal.model.pending import OwedHook

_PAUSES: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


def owe_post(commands: Iterable[str], shop: Workshop) -> None:
    """A service may be stopped from the pre hook on: record who starts it again before that."""
    for command in commands:
        shop.store.owe_hook(OwedHook("post", command))


def after(owed: OwedHook, result: HookRan, shop: Workshop) -> None:
    """Settle a hook that ended well; put off one that did not."""
    if result.status == 0:
        shop.store.settle_hook(owed)
    else:
        put_off(owed, shop)


def put_off(owed: OwedHook, shop: Workshop) -> None:
    """Count an attempt, and record when the next may be."""
    pause = _PAUSES[min(owed.attempts, len(_PAUSES) - 1)]
    again = replace(owed, attempts=owed.attempts + 1, not_before=shop.clock.now() + pause)
    shop.store.owe_hook(again)


def is_ripe(owed: OwedHook, *, now: datetime) -> bool:
    """Whether another attempt is wanted now; a pause that is too long was noted by a clock that was wrong."""
    if owed.attempts > len(_PAUSES):
        return False
    return owed.not_before is None or not now < owed.not_before <= now + _PAUSES[-1]
