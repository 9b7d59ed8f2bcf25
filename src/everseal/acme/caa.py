"""May a CA issue for a name?  What CAA records say (RFC 8659), with account and method (RFC 8657).

The records are the domain owner's; a CA refuses what they forbid.  Looking first saves the order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier
from everseal.model.text import printable

if TYPE_CHECKING:
    from everseal.system.resolver import CaaRecord

_KNOWN_TAGS: Final = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)
_PARAMETER: Final = re.compile(r"\s*([A-Za-z0-9]+)\s*=\s*([\x21-\x3a\x3c-\x7e]*)\s*\Z")

Lookup = Callable[[str], "Sequence[CaaRecord]"]
"""The CAA records of a name, none where it has none or does not exist; raises OperatorError."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """The CA by the names it answers to in CAA records, and what an order there would be.

    ``account_url`` is None for an account that is yet to be registered, which no record can name.
    """

    identities: Sequence[str]
    account_url: str | None


def objection(identifier: Identifier, method: str, applicant: Applicant, lookup: Lookup) -> str | None:
    """Why the CAA records forbid ``applicant`` to issue, in a clause; None where they do not.

    Climbs from the name to the closest ancestor with CAA records.  IP addresses have none (RFC 8738).
    """
    if not isinstance(identifier, DnsName):
        return None
    owner, records = _relevant(identifier.base.value, lookup)
    unknown = [record.tag for record in records if record.critical and record.tag not in _KNOWN_TAGS]
    if unknown:
        return f"{owner} has a CAA record with the unknown critical tag {printable(unknown[0], 50)}"
    rules = [record.value for record in records if record.tag == "issue"]
    wild_rules = [record.value for record in records if record.tag == "issuewild"]
    if identifier.is_wildcard and wild_rules:
        rules = wild_rules
    if not rules or any(_permits(rule, method, applicant) for rule in rules):
        return None
    allowed = ", ".join(printable(rule, 200) for rule in rules[:5])
    return f"the CAA records of {owner} allow only: {allowed}"


def _relevant(name: str, lookup: Lookup) -> tuple[str, Sequence[CaaRecord]]:
    labels = name.split(".")
    for start in range(len(labels)):
        owner = ".".join(labels[start:])
        if records := lookup(owner):
            return owner, records
    return name, ()


def _permits(rule: str, method: str, applicant: Applicant) -> bool:
    """Whether one issue or issuewild value lets this applicant through; malformed ones do not."""
    issuer, *parts = rule.split(";")
    if issuer.strip().lower().rstrip(".") not in applicant.identities:
        return False
    parameters: dict[str, list[str]] = {}
    for part in parts:
        found = _PARAMETER.match(part)
        if found:
            parameters.setdefault(found[1].lower(), []).append(found[2])
        elif part.strip():
            return False
    accounts, methods = parameters.get("accounturi"), parameters.get("validationmethods")
    # A repeated parameter can never be met (RFC 8657 section 3).
    return (accounts is None or accounts == [applicant.account_url]) and (
        methods is None or (len(methods) == 1 and method in methods[0].split(","))
    )
