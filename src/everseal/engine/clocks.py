"""This machine's clock against the CA's, before anything is ordered.

A certificate is judged by this machine's clock, and so is whether one is due.  Where that clock is far off,
a new certificate would be thrown away as soon as it came, each time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from everseal.acme.client import Client
from everseal.engine.tools import Workshop
from everseal.model.errors import OperatorError
from everseal.model.events import Warned

_TOLERABLE: Final = timedelta(hours=1)
_FAR_AHEAD: Final = timedelta(days=1)


class ClockWrong(OperatorError):
    """This machine's clock and the CA's are too far apart; nothing was ordered."""

    def __init__(self, sentence: str) -> None:
        super().__init__(
            f"{sentence}; nothing was ordered",
            remedy="set this machine's clock, or let a time service do it, and run the same command again",
        )


def compare_clocks(client: Client, shop: Workshop) -> None:
    """Raises ClockWrong where this machine's clock is more than an hour behind the CA's, for no new
    certificate would be valid yet, or more than a day ahead; warns of more than an hour.

    A CA that does not tell the time is believed.
    """
    ahead = client.clock_ahead()
    if ahead is None or -_TOLERABLE <= ahead <= _TOLERABLE:
        return
    here = shop.clock.now()
    sentence = (
        f"it is {here:%Y-%m-%d %H:%M} UTC by this machine's clock, {here + ahead:%Y-%m-%d %H:%M} by the CA's"
    )
    if ahead > _TOLERABLE or ahead < -_FAR_AHEAD:
        raise ClockWrong(sentence)
    shop.emit(Warned(f"{sentence}; set this machine's clock"))
