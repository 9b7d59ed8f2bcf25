"""May this CA issue at all?  CAA records (RFC 8659) with account and method (RFC 8657)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from everseal.localca.validation.network import Network, ValidationFailed
from everseal.model.frozen import dataclass
from everseal.system.resolver import CaaRecord, LookupFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.model.names import DnsName

_KNOWN_TAGS: Final = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)
_PARAMETER: Final = re.compile(r"\s*([A-Za-z0-9]+)\s*=\s*([\x21-\x3a\x3c-\x7e]*)\s*\Z")


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks, and how control was shown: what RFC 8657 parameters are held against."""

    identities: Sequence[str]
    account_urls: Sequence[str]
    method: str


def check_caa(name: DnsName, wildcard: bool, applicant: Applicant, network: Network) -> None:
    """Climbs from ``name`` to the closest ancestor with CAA records.  Raises ValidationFailed."""
    try:
        owner, records = _relevant(name.value, network)
    except LookupFailed as error:
        raise ValidationFailed("caa", f"CAA: {error.message}") from None
    unknown = [record.tag for record in records if record.critical and record.tag not in _KNOWN_TAGS]
    if unknown:
        raise ValidationFailed("caa", f"CAA record for {owner} has the unknown critical tag {unknown[0]!r}")
    rules = [record.value for record in records if record.tag == "issue"]
    wild_rules = [record.value for record in records if record.tag == "issuewild"]
    if wildcard and wild_rules:
        rules = wild_rules
    if rules and not any(_permits(rule, applicant) for rule in rules):
        raise ValidationFailed("caa", f"CAA record for {owner} prevents issuance")


def _relevant(name: str, network: Network) -> tuple[str, tuple[CaaRecord, ...]]:
    labels = name.split(".")
    for start in range(len(labels)):
        owner = ".".join(labels[start:])
        if records := network.caa(owner):
            return owner, records
    return name, ()


def _permits(rule: str, applicant: Applicant) -> bool:
    """Whether one issue or issuewild value lets this applicant through; malformed ones do not."""
    issuer, *parts = rule.split(";")
    if issuer.strip().lower() not in applicant.identities:
        return False
    parameters: dict[str, list[str]] = {}
    for part in parts:
        if not part.strip():
            continue
        found = _PARAMETER.match(part)
        if not found:
            return False
        parameters.setdefault(found[1].lower(), []).append(found[2])
    return _account_fits(parameters.get("accounturi"), applicant) and _method_fits(
        parameters.get("validationmethods"), applicant
    )


def _account_fits(urls: list[str] | None, applicant: Applicant) -> bool:
    """A repeated accounturi can never be met (RFC 8657 section 3)."""
    return urls is None or (len(urls) == 1 and urls[0] in applicant.account_urls)


def _method_fits(lists: list[str] | None, applicant: Applicant) -> bool:
    return lists is None or (len(lists) == 1 and applicant.method in lists[0].split(","))
