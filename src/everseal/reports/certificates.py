"""The listing of ``certificates``, in the lines that scripts match; loads little."""

from __future__ import annotations

from datetime import datetime

from everseal.model.epoch import stamp
from everseal.model.text import printable
from everseal.planning.own_section import OWN_SECTION, issuing_server
from everseal.reports.frames import framed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Final, Literal

    from everseal.model.certificate import CertificateFacts
    from everseal.model.lineage import Damaged, Lineage

    Blemish = Literal["TEST_CERT", "EXPIRED", "REVOKED"]

SCHEMA: Final = "everseal.certificates"
VERSION: Final = 1


class Listed:
    """A lineage's live certificate as it is listed, and what makes it less than valid.

    It is a row of ``texts``, as the index remembers them, read when they are asked for: ten thousand of
    them take little time and room.
    """

    __slots__ = ("blemishes", "name", "texts")

    def __init__(self, texts: Sequence[str], blemishes: tuple[Blemish, ...] = ()) -> None:
        self.texts = texts
        self.name = texts[0]
        self.blemishes = blemishes

    @classmethod
    def of(cls, lineage: Lineage, live: CertificateFacts) -> Listed:
        """``live`` is the certificate that the links point to."""
        own = lineage.sections.get(OWN_SECTION, {})
        return cls(
            [
                lineage.name.value,
                f"{live.serial:x}",
                live.key_type,
                "\n".join(_names(live)),
                live.issuer,
                live.not_before.isoformat(),
                live.not_after.isoformat(),
                "ocsp" if live.ocsp_urls else "",
                lineage.fullchain_path,
                lineage.privkey_path,
                str(lineage.live),
                " ".join(map(str, lineage.versions)),
                issuing_server(own, lineage.parameters, live.serial) or "",
            ]
        )

    def with_blemishes(self, found: tuple[Blemish, ...]) -> Listed:
        return Listed(self.texts, found)

    @property
    def serial(self) -> str:
        """In hexadecimal digits."""
        return self.texts[1]

    @property
    def key_type(self) -> str:
        return self.texts[2]

    @property
    def identifiers(self) -> list[str]:
        """Domains, addresses, and last names that are no proper ones, so that nothing goes unseen."""
        return self.texts[3].split("\n") if self.texts[3] else []

    @property
    def issuer(self) -> str:
        return self.texts[4]

    @property
    def not_before(self) -> datetime:
        return datetime.fromisoformat(self.texts[5])

    @property
    def not_after(self) -> datetime:
        return datetime.fromisoformat(self.texts[6])

    @property
    def asks_ocsp(self) -> bool:
        """Whether its CA can be asked if it is revoked."""
        return bool(self.texts[7])

    @property
    def certificate_path(self) -> str:
        return self.texts[8]

    @property
    def private_key_path(self) -> str:
        return self.texts[9]

    @property
    def version(self) -> int:
        return int(self.texts[10])

    @property
    def versions(self) -> list[int]:
        return [int(number) for number in self.texts[11].split(" ")]

    @property
    def server(self) -> str | None:
        """The CA that issued it."""
        return self.texts[12] or None


class Listing:
    """What is kept here, as of ``now``.

    ``filtered`` says that names were asked for; ``passed_over`` counts the sound lineages without them.
    """

    __slots__ = ("damaged", "filtered", "now", "passed_over", "sound")

    def __init__(
        self,
        sound: Sequence[Listed],
        damaged: Sequence[Damaged],
        now: datetime,
        *,
        filtered: bool = False,
        passed_over: int = 0,
    ) -> None:
        self.sound = sound
        self.damaged = damaged
        self.now = now
        self.filtered = filtered
        self.passed_over = passed_over


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
    yield f"    Serial Number: {each.serial}"
    yield f"    Key Type: {each.key_type}"
    yield f"    Identifiers: {' '.join(each.identifiers)}"
    yield f"    Expiry Date: {each.not_after.isoformat(' ', 'seconds')} ({validity(each, now)})"
    yield f"    Certificate Path: {printable(each.certificate_path)}"
    yield f"    Private Key Path: {printable(each.private_key_path)}"


def _names(facts: CertificateFacts) -> Iterator[str]:
    from everseal.model.names import DnsName, IpAddress

    yield from (each.value for each in facts.identifiers if isinstance(each, DnsName))
    yield from (each.value for each in facts.identifiers if isinstance(each, IpAddress))
    yield from (printable(name) for name in facts.odd_names)


def _entry_as_json(each: Listed, now: datetime) -> Mapping[str, object]:
    return {
        "name": each.name,
        "serial": each.serial,
        "key_type": each.key_type,
        "identifiers": each.identifiers,
        "issuer": each.issuer,
        "not_before": stamp(each.not_before),
        "not_after": stamp(each.not_after),
        "valid": not each.blemishes,
        "blemishes": list(each.blemishes),
        "seconds_left": int((each.not_after - now).total_seconds()),
        "version": each.version,
        "versions": each.versions,
        "server": each.server,
        "certificate_path": each.certificate_path,
        "private_key_path": each.private_key_path,
    }
