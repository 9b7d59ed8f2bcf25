"""What becomes of a command whose hooks failed."""

from __future__ import annotations

from collections.abc import Iterable

from everseal.cli.session import Session
from everseal.model.errors import HookFailed


def demand_good_hooks(session: Session, failures: Iterable[str]) -> None:
    """They count as an error only under ``--strict-hooks``.  Raises HookFailed."""
    told = "; ".join(failures)
    if told and session.settings.flag("strict_hooks"):
        raise HookFailed(told, remedy="see what the hook wrote, mend it, and run it by hand")
