"""``renew``: renew everything that is due.

Where nothing is, and that can be told without making anything that renews, nothing more is loaded.
"""

from __future__ import annotations

from everseal.cli.quietly import rest, roll_called

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.cli.session import Session


def run(session: Session) -> int:
    roll = roll_called(session)
    if roll is not None and roll.is_quiet:
        status = rest(session, roll)
        if status is not None:
            return status
    from everseal.cli.renewing import renew

    return renew(session, roll)
