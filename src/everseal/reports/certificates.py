"""The listing of ``certificates``, in the lines that scripts match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Literal

from everseal.model.certificate import CertificateFacts
from everseal.model.frozen import dataclass
from everseal.model.lineage import Damaged, Lineage
from everseal.model.names import DnsName, IpAddress
from everseal.model.text import printable
from everseal.reports.frames import framed
from everseal.reports.members import stamp

Blemish = Literal["TEST_CERT", "EXPIRED", "REVOKED"]
SCHEMA: Final = "everseal.certificates"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A lineage's live certificate as it is listed, and what makes it less than valid.

    ``identifiers`` are domains, addresses, and last names that are no proper ones, so that nothing goes
    unseen; ``asks_ocsp`` says that its CA can be asked whether it is revoked.
    """

    name: str
    serial: int
    key_type: str
    identifiers: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime
    asks_ocsp: bool
    certificate_path: str
    private_key_path: str
    version: int
    versions: tuple[int, ...]
    server: str | None
    blemishes: tuple[Blemish, ...] = ()

    @classmethod
    def of(cls, lineage: Lineage, live: CertificateFacts) -> Listed:
        """``live`` is the certificate that the links point to."""
        server = lineage.parameters.get("server")
        return cls(
            name=lineage.name.value,
            serial=live.serial,
            key_type=live.key_type,
            identifiers=tuple(_names(live)),
            issuer=live.issuer,
            not_before=live.not_before,
            not_after=live.not_after,
            asks_ocsp=bool(live.ocsp_urls),
            certificate_path=lineage.fullchain_path,
            private_key_path=lineage.privkey_path,
            version=lineage.live,
            versions=lineage.versions,
            server=server if isinstance(server, str) else None,
        )


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
    left = listed.not_after - now
    if left.days == 1:
        return "VALID: 1 day"
    if left.days < 1:
        return f"VALID: {int(left.total_seconds()) // 3600} hour(s)"
    return f"VALID: {left.days} days"


def _entry(each: Listed, now: datetime) -> Iterator[str]:
    yield f"  Certificate Name: {printable(each.name)}"
    yield f"    Serial Number: {each.serial:x}"
    yield f"    Key Type: {each.key_type}"
    yield f"    Identifiers: {' '.join(each.identifiers)}"
    yield f"    Expiry Date: {each.not_after.isoformat(' ', 'seconds')} ({validity(each, now)})"
    yield f"    Certificate Path: {printable(each.certificate_path)}"
    yield f"    Private Key Path: {printable(each.private_key_path)}"


def _names(facts: CertificateFacts) -> Iterator[str]:
    yield from (each.value for each in facts.identifiers if isinstance(each, DnsName))
    yield from (each.value for each in facts.identifiers if isinstance(each, IpAddress))
    yield from (printable(name) for name in facts.odd_names)


def _entry_as_json(each: Listed, now: datetime) -> Mapping[str, object]:
    return {
        "name": each.name,
        "serial": f"{each.serial:x}",
        "key_type": each.key_type,
        "identifiers": list(each.identifiers),
        "issuer": each.issuer,
        "not_before": stamp(each.not_before),
        "not_after": stamp(each.not_after),
        "valid": not each.blemishes,
        "blemishes": list(each.blemishes),
        "seconds_left": int((each.not_after - now).total_seconds()),
        "version": each.version,
        "versions": list(each.versions),
        "server": each.server,
        "certificate_path": each.certificate_path,
        "private_key_path": each.private_key_path,
    }
