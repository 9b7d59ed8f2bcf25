"""From single decisions to a plan: what each action's conversation with its CA will be.

The first issuance at a CA has to get acquainted; those after it find directory, nonces and account
already there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from everseal.planning.plan import Action, Issue, Plan, UseAccount
from everseal.planning.requests import FIRST_ADVICE, Acquaintance, issuance


def assemble(actions: Iterable[Action], *, remembered: Collection[str], made_at: datetime) -> Plan:
    """``remembered`` are the CAs (directory URLs) whose directory is on disk."""
    met: set[str] = set()
    complete: list[Action] = []
    for action in actions:
        if isinstance(action, Issue):
            requests = issuance(
                action.identifiers,
                _known(action, met, remembered),
                rehearsal=action.dry_run,
                chooses_chain=action.options.preferred_chain is not None,
            )
            if action.is_kept:
                requests = (*requests, FIRST_ADVICE)
            complete.append(replace(action, requests=requests))
            met.add(action.server)
        else:
            complete.append(action)
    return Plan(tuple(complete), made_at)


def _known(action: Issue, met: Collection[str], remembered: Collection[str]) -> Acquaintance:
    again = action.server in met
    return Acquaintance(
        directory=again or action.server in remembered,
        nonce=again,
        account=again or isinstance(action.account, UseAccount),
    )
