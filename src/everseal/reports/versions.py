"""The versions of a lineage as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from everseal.model.certificate import CertificateFacts
from everseal.model.epoch import stamp
from everseal.model.history import ExaminedVersion, History
from everseal.model.text import printable
from everseal.planning.words import plural
from everseal.reports.tables import aligned, widths_of

SCHEMA: Final = "everseal.versions"
VERSION: Final = 1
_HEADINGS: Final = ("Version", "Issued", "Expires", "Key", "Serial number")


def render_history(history: History) -> str:
    """A headline and a row for each version, the newest first, ending with a newline."""
    rows = [_HEADINGS, *(_row(history, each) for each in reversed(history.versions))]
    widths = widths_of(rows)
    lines = [_headline(history), ""]
    for row, version in zip(rows, (None, *reversed(history.versions)), strict=True):
        lines.append(f"  {aligned(row, widths)}  {'State' if version is None else _state(version)}")
        lines += [] if version is None else _other_names(history, version)
    return "\n".join(lines) + "\n"


def history_as_json(history: History) -> Mapping[str, object]:
    """Schema ``everseal.versions``, version 1."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "name": history.name.value,
        "live": history.live,
        "pinned": history.pinned,
        "versions": [_as_json(history, each) for each in history.versions],
    }


def _headline(history: History) -> str:
    count = plural(len(history.versions), "version")
    if history.live is None:
        return f"{history.name}: {count}, and the live links do not name one of them"
    pinned = "" if history.pinned is None else " (switched to, and kept until the next certificate)"
    return f"{history.name}: {count}, version {history.live} is live{pinned}"


def _row(history: History, each: ExaminedVersion) -> tuple[str, ...]:
    number = f"{each.number} live" if each.number == history.live else str(each.number)
    facts = each.certificate
    if facts is None:
        return (number, "-", "-", "-", "-")
    return (
        number,
        f"{facts.not_before:%Y-%m-%d %H:%M}",
        f"{facts.not_after:%Y-%m-%d %H:%M}",
        facts.key_type,
        f"{facts.serial:x}",
    )


def _state(each: ExaminedVersion) -> str:
    return "sound" if each.is_sound else f"not sound: {printable('; '.join(each.flaws))}"


def _other_names(history: History, each: ExaminedVersion) -> Iterator[str]:
    """Only where they are not those of the live version."""
    live = None if history.live is None else history.version(history.live)
    present = None if live is None else live.certificate
    if each.certificate is None or each is live:
        return
    if present is None or _names(each.certificate) != _names(present):
        yield f"    for {', '.join(_names(each.certificate))}"


def _names(facts: CertificateFacts) -> list[str]:
    return sorted([each.value for each in facts.identifiers] + [printable(each) for each in facts.odd_names])


def _as_json(history: History, each: ExaminedVersion) -> Mapping[str, object]:
    facts = each.certificate
    return {
        "version": each.number,
        "live": each.number == history.live,
        "sound": each.is_sound,
        "flaws": list(each.flaws),
        "serial": None if facts is None else f"{facts.serial:x}",
        "key_type": None if facts is None else facts.key_type,
        "identifiers": None if facts is None else _names(facts),
        "issuer": None if facts is None else facts.issuer,
        "not_before": None if facts is None else stamp(facts.not_before),
        "not_after": None if facts is None else stamp(facts.not_after),
    }
