"""What rests by a roll call, as actions of a plan beside those that something is done for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from everseal.model.errors import BadName
from everseal.model.names import CertificateName, DnsName, Identifier, IpAddress
from everseal.planning.plan import Action, Leave
from everseal.planning.reasons import NotYet
from everseal.wiring.rollcall import (
    EXPLANATION,
    FULLCHAIN,
    IDENTIFIERS,
    NOT_AFTER,
    RENEW_AT,
    RULE,
    WINDOW_END,
    WINDOW_START,
    RollCall,
    fields,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from everseal.planning.moments import DueRule


def among(roll: RollCall, actions: Mapping[CertificateName, Action]) -> Sequence[Action]:
    """The actions and those of the lineages that rest, in the order of the renewal files."""
    found: list[Action] = []
    for text in roll.names:
        name = CertificateName(text)
        entry = roll.resting.get(text)
        if entry is not None:
            found.append(_leave(name, fields(entry), roll.conf_path(text)))
        elif name in actions:
            found.append(actions[name])
    return found


def _leave(name: CertificateName, entry: Sequence[str], conf_path: str) -> Leave:
    not_after, renew_at = datetime.fromisoformat(entry[NOT_AFTER]), datetime.fromisoformat(entry[RENEW_AT])
    window = None
    if entry[WINDOW_START]:
        start, end = (datetime.fromisoformat(entry[field]) for field in (WINDOW_START, WINDOW_END))
        window = (start, end)
    return Leave(
        name,
        tuple(dict.fromkeys(_identifiers(entry[IDENTIFIERS]))),
        NotYet(renew_at, cast("DueRule", entry[RULE]), not_after, window, entry[EXPLANATION] or None),
        not_after,
        entry[FULLCHAIN],
        renew_at,
        conf_path=conf_path,
    )


def _identifiers(written: str) -> Iterator[Identifier]:
    """Without those that are no proper names, as they are read from a certificate."""
    for text in written.split(" "):
        try:
            yield DnsName.parse(text[1:]) if text[0] == "d" else IpAddress.parse(text[1:])
        except BadName:
            continue
