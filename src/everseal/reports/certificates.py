"""The listing of ``certificates``, in the lines that scripts match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from everseal.model.lineage import Damaged, Lineage
from everseal.model.text import printable
from everseal.reports.frames import framed
from everseal.reports.plan_json import stamp

Blemish = Literal["TEST_CERT", "EXPIRED", "REVOKED"]
SCHEMA: Final = "everseal.certificates"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A lineage and what makes its certificate less than valid."""

    lineage: Lineage
    blemishes: tuple[Blemish, ...] = ()


def render_certificates(
    listed: Sequence[Listed], damaged: Sequence[Damaged], *, filtered: bool, now: datetime
) -> str:
    """The listing between two rules, ending with a newline."""
    if not listed and not damaged:
        return framed("No certificates found.")
    lines: list[str] = []
    if listed:
        lines.append(f"Found the following {'matching ' if filtered else ''}certs:")
        for each in listed:
            lines += _entry(each, now)
    if damaged:
        lines.append("\nThe following renewal configurations were invalid:")
        for broken in damaged:
            lines += _broken(broken)
    return framed("\n".join(lines))


def certificates_as_json(
    listed: Sequence[Listed], damaged: Sequence[Damaged], *, now: datetime
) -> Mapping[str, object]:
    """Schema ``everseal.certificates``, version 1."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "certificates": [_entry_as_json(each, now) for each in listed],
        "invalid": [
            {"path": each.conf_path, "message": each.error.message, "remedy": each.error.remedy}
            for each in damaged
        ],
    }


def validity(listed: Listed, now: datetime) -> str:
    """``VALID: 89 days``, ``VALID: 1 day``, ``VALID: 5 hour(s)`` or ``INVALID: EXPIRED, ...``."""
    if listed.blemishes:
        return f"INVALID: {', '.join(listed.blemishes)}"
    left = listed.lineage.certificate.not_after - now
    if left.days == 1:
        return "VALID: 1 day"
    if left.days < 1:
        return f"VALID: {int(left.total_seconds()) // 3600} hour(s)"
    return f"VALID: {left.days} days"


def _entry(each: Listed, now: datetime) -> Iterator[str]:
    lineage, facts = each.lineage, each.lineage.certificate
    yield f"  Certificate Name: {printable(lineage.name.value)}"
    yield f"    Serial Number: {facts.serial:x}"
    yield f"    Key Type: {facts.key_type}"
    yield f"    Identifiers: {' '.join(_names(lineage))}"
    yield f"    Expiry Date: {facts.not_after.isoformat(' ', 'seconds')} ({validity(each, now)})"
    yield f"    Certificate Path: {printable(lineage.fullchain_path)}"
    yield f"    Private Key Path: {printable(lineage.privkey_path)}"


def _broken(broken: Damaged) -> Iterator[str]:
    yield f"  {printable(broken.conf_path)}"
    yield f"    {printable(broken.error.message)}"
    yield f"    To mend it: {printable(broken.error.remedy)}"


def _names(lineage: Lineage) -> Iterator[str]:
    """Names that are no proper ones last, so that nothing in the certificate goes unseen."""
    yield from (identifier.value for identifier in lineage.certificate.identifiers)
    yield from (printable(name) for name in lineage.certificate.odd_names)


def _entry_as_json(each: Listed, now: datetime) -> Mapping[str, object]:
    lineage, facts = each.lineage, each.lineage.certificate
    return {
        "name": lineage.name.value,
        "serial": f"{facts.serial:x}",
        "key_type": facts.key_type,
        "identifiers": list(_names(lineage)),
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
