"""Certificate authorities as tables and as JSON: those that are known, and what one offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from everseal.acme.directory import Directory
from everseal.model.epoch import stamp
from everseal.model.frozen import dataclass
from everseal.model.text import printable
from everseal.planning.words import moment
from everseal.reports.tables import aligned, widths_of
from everseal.settings.known_authorities import KnownAuthorities, KnownAuthority

LIST_SCHEMA: Final = "everseal.authorities"
CHECK_SCHEMA: Final = "everseal.authority"
VERSION: Final = 1
_HEADINGS: Final = ("Name", "Authority", "Account", "Keys", "Wildcards", "IP addresses")
_KNOWN: Final = {True: "yes", False: "no", None: "?"}
_LABEL: Final = 18
_SKEW_SHOWN: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Reading:
    """A directory, and when it was read."""

    directory: Directory
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckUp:
    """What a CA said just now.

    ``known`` is what is known of it besides.  ``seconds`` is how long it took to answer, ``ahead`` how far
    its clock is ahead of this machine's, None where it does not tell the time.  ``verified`` says that its
    TLS certificate was checked.
    """

    directory: Directory
    known: KnownAuthority | None
    seconds: float
    ahead: timedelta | None
    verified: bool


def render_authorities(known: KnownAuthorities, readings: Mapping[str, Reading]) -> str:
    """A row for each, what there is to know below it; ``readings`` are by directory URL."""
    rows = [_HEADINGS, *(_row(each) for each in known.authorities)]
    widths = widths_of(rows)
    lines = [f"Known authorities, as of {known.date}. `ca check NAME` asks one what it offers now.", ""]
    for row, each in zip(rows, (None, *known.authorities), strict=True):
        lines.append(f"  {aligned(row, widths).rstrip()}")
        lines += [] if each is None else [f"      {line}" for line in _about(each, readings)]
    return "\n".join(lines) + "\n"


def authorities_as_json(known: KnownAuthorities, readings: Mapping[str, Reading]) -> Mapping[str, object]:
    """Schema ``everseal.authorities``, version 1."""
    return {
        "schema": LIST_SCHEMA,
        "schema_version": VERSION,
        "source": known.source,
        "date": known.date,
        "authorities": [_known_as_json(one, readings.get(one.directory or "")) for one in known.authorities],
    }


def render_check(check: CheckUp) -> str:
    """What an operator wants to know before an account is opened there."""
    lines = [f"{printable(check.directory.url)} is the directory of an ACME certificate authority.", ""]
    for label, value in _findings(check):
        head = f"{label}:" if label else ""
        lines.append(f"  {head:<{_LABEL}} {printable(value, 2000)}")
    return "\n".join(lines) + "\n"


def check_as_json(check: CheckUp) -> Mapping[str, object]:
    """Schema ``everseal.authority``, version 1."""
    return {
        "schema": CHECK_SCHEMA,
        "schema_version": VERSION,
        "server": check.directory.url,
        "name": None if check.known is None else check.known.name,
        "offer": _offer(check.directory),
        "tls_verified": check.verified,
        "answer_seconds": round(check.seconds, 3),
        "clock_ahead_seconds": None if check.ahead is None else int(check.ahead.total_seconds()),
        "notes": [] if check.known is None else list(check.known.notes),
    }


def _row(each: KnownAuthority) -> tuple[str, ...]:
    if each.closed is not None:
        return (each.name, each.title, f"closed since {each.closed}", "-", "-", "-")
    account = "for customers (EAB)" if each.eab else "open to all"
    addresses = f"profile {each.address_profile}" if each.address_profile else _KNOWN[each.addresses]
    return (each.name, each.title, account, each.key_type or "any", _KNOWN[each.wildcards], addresses)


def _about(each: KnownAuthority, readings: Mapping[str, Reading]) -> Iterator[str]:
    if each.directory is None:
        return
    yield each.directory
    if each.staging is not None:
        yield f"for trials: {each.staging}"
    if each.eab is not None:
        yield f"EAB: {each.eab}"
    if each.contact:
        yield "needs a contact address (--email)"
    yield from each.notes
    reading = readings.get(each.directory)
    if reading is not None:
        yield f"read at {moment(reading.at)}: {_summary(reading.directory)}"


def _summary(directory: Directory) -> str:
    profiles = ", ".join(directory.meta.profiles) or "none"
    return f"profiles {printable(profiles, 500)}; renewal information {_yes(directory.renewal_info)}"


def _findings(check: CheckUp) -> Iterator[tuple[str, str]]:
    meta, resources = check.directory.meta, check.directory.resources
    if check.known is not None:
        yield "Known as", f"{check.known.name} ({check.known.title})"
    yield "Terms", meta.terms_of_service or "none"
    yield "Website", meta.website or "not said"
    yield "Name in CAA", ", ".join(meta.caa_identities) or "not said"
    yield "Account", _account(check)
    yield from _profiles(meta.profiles)
    yield "Renewal info", f"{_yes(check.directory.renewal_info)} (ARI, RFC 9773)"
    yield "Key roll-over", _yes(resources.get("keyChange"))
    yield "Revocation", _yes(resources.get("revokeCert"))
    yield "Pre-authorization", _yes(resources.get("newAuthz"))
    yield "Other chains", "seen only with a certificate"
    yield "TLS", "trusted" if check.verified else "not checked"
    yield "Answered within", f"{check.seconds:.3f} s"
    yield "Clock", _clock(check.ahead)
    for note in () if check.known is None else check.known.notes:
        yield "Note", note


def _account(check: CheckUp) -> str:
    if not check.directory.meta.external_account_required:
        return "open to all"
    how = None if check.known is None else check.known.eab
    return "external account binding is needed (--eab-kid, --eab-hmac-key)" + (f": {how}" if how else "")


def _profiles(profiles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if not profiles:
        yield "Profiles", "none"
    for number, (name, text) in enumerate(profiles.items()):
        yield "" if number else "Profiles", f"{name}: {text}" if text else name


def _clock(ahead: timedelta | None) -> str:
    if ahead is None:
        return "not told"
    if abs(ahead) <= _SKEW_SHOWN:
        return "agrees with this machine's"
    which = "ahead of" if ahead > timedelta(0) else "behind"
    return f"{int(abs(ahead).total_seconds()):,} seconds {which} this machine's: one of them is wrong"


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _known_as_json(each: KnownAuthority, reading: Reading | None) -> Mapping[str, object]:
    return {
        "name": each.name,
        "title": each.title,
        "directory": each.directory,
        "website": each.website,
        "test": each.test,
        "staging": each.staging,
        "eab": each.eab,
        "key_type": each.key_type,
        "contact_required": each.contact,
        "wildcards": each.wildcards,
        "addresses": each.addresses,
        "address_profile": each.address_profile,
        "profiles": list(each.profiles),
        "closed": each.closed,
        "notes": list(each.notes),
        "last_read": None
        if reading is None
        else {"at": stamp(reading.at), "offer": _offer(reading.directory)},
    }


def _offer(directory: Directory) -> Mapping[str, object]:
    meta, resources = directory.meta, directory.resources
    return {
        "terms_of_service": meta.terms_of_service,
        "website": meta.website,
        "caa_identities": list(meta.caa_identities),
        "external_account_required": meta.external_account_required,
        "profiles": dict(meta.profiles),
        "renewal_info": directory.renewal_info is not None,
        "key_change": "keyChange" in resources,
        "revocation": "revokeCert" in resources,
        "pre_authorization": "newAuthz" in resources,
    }
