"""The listing of ``certificates``, in the lines that scripts match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from everseal.model.certificate import CertificateFacts
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import DnsName, IpAddress
from everseal.model.text import printable
from everseal.reports.frames import framed
from everseal.reports.plan_json import stamp

Blemish = Literal["TEST_CERT", "EXPIRED", "REVOKED"]
SCHEMA: Final = "everseal.certificates"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A lineage, its live certificate, and what makes that less than valid."""

    lineage: Lineage
    certificate: CertificateFacts
    blemishes: tuple[Blemish, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What is kept here, as of ``now``.

    ``filtered`` says that names were asked for; ``passed_over`` counts the sound lineages without them.
    """

    sound: tuple[Listed, ...]
    damaged: tuple[Damaged, ...]
    now: datetime
    filtered: bool = False
    passed_over: int = 0


def render_certificates(listing: Listing) -> str:
    """The listing between two rules, ending with a newline."""
    if not listing.sound and not listing.damaged and not listing.passed_over:
        return framed("No certificates found.")
    lines: list[str] = []
    if listing.sound or listing.passed_over:
        lines.append(f"Found the following {'matching ' if listing.filtered else ''}certs:")
        lines.append("\n".join(line for each in listing.sound for line in _entry(each, listing.now)))
    if listing.damaged:
        lines.append("\nThe following renewal configurations were invalid:")
        lines += [f"  {printable(broken.conf_path)}" for broken in listing.damaged]
    return framed("\n".join(lines))


def damage_warnings(listing: Listing) -> Iterator[str]:
    """For each lineage that cannot be used, why, and what to do about it."""
    for broken in listing.damaged:
        yield (
            f"Renewal configuration file {printable(broken.conf_path)} produced an unexpected error: "
            f"{printable(broken.error.message)}. Skipping. To mend it: {printable(broken.error.remedy)}."
        )


def certificates_as_json(listing: Listing) -> Mapping[str, object]:
    """Schema ``everseal.certificates``, version 1."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "certificates": [_entry_as_json(each, listing.now) for each in listing.sound],
        "invalid": [
            {
                "name": each.name.value,
                "path": each.conf_path,
                "message": each.error.message,
                "remedy": each.error.remedy,
            }
            for each in listing.damaged
        ],
    }


def validity(listed: Listed, now: datetime) -> str:
    """``VALID: 89 days``, ``VALID: 1 day``, ``VALID: 5 hour(s)`` or ``INVALID: EXPIRED, ...``."""
    if listed.blemishes:
        return f"INVALID: {', '.join(listed.blemishes)}"
    left = listed.certificate.not_after - now
    if left.days == 1:
        return "VALID: 1 day"
    if left.days < 1:
        return f"VALID: {int(left.total_seconds()) // 3600} hour(s)"
    return f"VALID: {left.days} days"


def _entry(each: Listed, now: datetime) -> Iterator[str]:
    lineage, facts = each.lineage, each.certificate
    yield f"  Certificate Name: {printable(lineage.name.value)}"
    yield f"    Serial Number: {facts.serial:x}"
    yield f"    Key Type: {facts.key_type}"
    yield f"    Identifiers: {' '.join(_names(facts))}"
    yield f"    Expiry Date: {facts.not_after.isoformat(' ', 'seconds')} ({validity(each, now)})"
    yield f"    Certificate Path: {printable(lineage.fullchain_path)}"
    yield f"    Private Key Path: {printable(lineage.privkey_path)}"


def _names(facts: CertificateFacts) -> Iterator[str]:
    """Domains, addresses, and last names that are no proper ones, so that nothing goes unseen."""
    yield from (each.value for each in facts.identifiers if isinstance(each, DnsName))
    yield from (each.value for each in facts.identifiers if isinstance(each, IpAddress))
    yield from (printable(name) for name in facts.odd_names)


def _entry_as_json(each: Listed, now: datetime) -> Mapping[str, object]:
    lineage, facts = each.lineage, each.certificate
    return {
        "name": lineage.name.value,
        "serial": f"{facts.serial:x}",
        "key_type": facts.key_type,
        "identifiers": list(_names(facts)),
        "issuer": facts.issuer,
        "not_before": stamp(facts.not_before),
        "not_after": stamp(facts.not_after),
        "valid": not each.blemishes,
        "blemishes": list(each.blemishes),
        "seconds_left": int((facts.not_after - now).total_seconds()),
        "version": lineage.live,
        "versions": list(lineage.versions),
        "server": lineage.parameters.get("server"),
        "certificate_path": lineage.fullchain_path,
        "private_key_path": lineage.privkey_path,
    }
