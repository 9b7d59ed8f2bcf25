"""Judging the versions of a lineage: is each whole, and do its files belong together?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from everseal.model.certificate import CertificateFacts, read_certificate, split_pem
from everseal.model.diagnosis import CompleteVersion, DropVersion, Finding, Fix, Relink, Severity
from everseal.model.errors import BadCertificate
from everseal.model.soundness import Flaw, check_version
from everseal.store.certbot_dir.layout import HEADER_KINDS, KINDS, Kind
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.observation import SeenLineage, SeenVersion

_CODES: Final = {
    "unparsable": "version-unparsable",
    "bad-key": "key-unusable",
    "key-mismatch": "key-mismatch",
    "chain": "chain-broken",
    "no-chain": "chain-missing",
    "weak-key": "key-weak",
    "expired": "certificate-expired",
    "not-yet-valid": "certificate-not-yet-valid",
}
_OF_TIME: Final = frozenset({"expired", "not-yet-valid"})
_BEARABLE: Final = frozenset({"no-chain", "weak-key", *_OF_TIME})


class Flawed(NamedTuple):
    """What a version has against it; ``missing`` and ``empty`` are kinds of files."""

    missing: tuple[Kind, ...]
    empty: tuple[Kind, ...]
    flaws: tuple[Flaw, ...]
    differs: bool

    @property
    def is_whole(self) -> bool:
        """Whether a server can load it."""
        grave = [flaw for flaw in self.flaws if flaw.kind not in _BEARABLE]
        return not (self.missing or self.empty or grave or self.differs)

    @property
    def is_current(self) -> bool:
        """Whether it is whole and its time is now."""
        return self.is_whole and not any(flaw.kind in _OF_TIME for flaw in self.flaws)


def judge(version: SeenVersion, *, now: datetime) -> Flawed:
    """What its files hold counts, not what they are called."""
    return judge_files(version.contents, version.entries.keys(), number=version.number, now=now)


def judge_files(
    contents: Mapping[Kind, bytes], there: Collection[Kind], *, number: int, now: datetime
) -> Flawed:
    """``there`` are the kinds that have a file, ``contents`` those that could be read."""
    missing = tuple(kind for kind in HEADER_KINDS if kind not in there)
    empty = tuple(kind for kind in HEADER_KINDS if kind in contents and not contents[kind].strip())
    if "chain" in empty and _is_alone(contents):
        empty = tuple(kind for kind in empty if kind != "chain")
    unread = [kind for kind in KINDS if kind in there and kind not in contents]
    if missing or empty or unread:
        unreadable = tuple(Flaw("unparsable", f"{kind}{number}.pem cannot be read") for kind in unread)
        return Flawed(missing, empty, unreadable, differs=False)
    flaws = check_version(
        key_pem=contents["privkey"], fullchain_pem=contents["fullchain"], identifiers=None, now=now
    )
    readable = not any(flaw.kind == "unparsable" for flaw in flaws)
    return Flawed((), (), flaws, differs=readable and _differs(contents))


def facts_of(version: SeenVersion) -> CertificateFacts | None:
    """What its certificate says, None where it cannot be read."""
    data = version.contents.get("cert") or version.contents.get("fullchain", b"")
    try:
        return read_certificate(data)
    except BadCertificate:
        return None


def newest_whole(judged: Mapping[int, Flawed]) -> int | None:
    """The version the links are best set to: the newest that is valid, else the newest that can be loaded."""
    current = [number for number, flawed in judged.items() if flawed.is_current]
    whole = [number for number, flawed in judged.items() if flawed.is_whole]
    return max(current or whole, default=None)


def version_findings(
    seen: SeenLineage, judged: Mapping[int, Flawed], *, named: Collection[int]
) -> Iterator[Finding]:
    """``named`` are the versions that live links name: what is wrong with them matters most."""
    if not seen.versions and (seen.stated is not None or seen.targets or seen.copies):
        yield _no_archive(seen)
    best = newest_whole(judged)
    newest = max((*named, best or 0), default=0)
    for number, flawed in judged.items():
        in_use = number in named
        away = Relink(seen.name, best) if in_use and best not in (None, number) and not seen.copies else None
        grave: Severity | None = None if in_use else "warning" if number > newest else "note"
        fix = _fix(seen, number, flawed, in_use=in_use, newest=newest) or away
        yield from _file_findings(seen, number, flawed, grave, fix)
        for flaw in flawed.flaws:
            if flaw.kind in _CODES and (in_use or flaw.kind not in _BEARABLE):
                yield _of_flaw(seen, number, flaw, grave, None if flawed.is_whole else away)
        if flawed.differs:
            yield found(
                "fullchain-differs",
                seen.name.value,
                f"fullchain{number}.pem does not hold cert{number}.pem followed by chain{number}.pem",
                severity=grave,
                remedy=_mend(seen, away),
                lineage=seen.name,
                fix=away,
            )
        if in_use:
            yield from _name_findings(seen, number)


def recoverable(version: SeenVersion) -> tuple[Kind, ...]:
    """The missing or empty certificate files that the others make up for, with a key that fits.

    Empty where there are none, or the others do not suffice.
    """
    rebuilt = rebuild(version.contents)
    if rebuilt is None:
        return ()
    return tuple(
        kind for kind in HEADER_KINDS if not version.contents.get(kind, b"").strip() and kind in rebuilt
    )


def completion(seen: SeenLineage, number: int, flawed: Flawed) -> CompleteVersion | None:
    """What makes a version whole whose files are missing or empty; None where nothing does, or none are."""
    kinds = recoverable(seen.versions[number])
    wanting = {*flawed.missing, *flawed.empty}
    return CompleteVersion(seen.name, number, kinds) if wanting and set(kinds) == wanting else None


def rebuild(contents: Mapping[Kind, bytes]) -> Mapping[Kind, bytes] | None:
    """Certificate, chain and full chain from whichever are there; None where they do not suffice."""
    key = contents.get("privkey", b"")
    cert, chain, fullchain = (contents.get(kind, b"").strip() for kind in ("cert", "chain", "fullchain"))
    try:
        if fullchain:
            leaf, *above = split_pem(fullchain)
        elif cert and chain:
            leaf, *above = [*split_pem(cert)[:1], *split_pem(chain)]
        else:
            return None
    except BadCertificate:
        return None
    whole: dict[Kind, bytes] = {"cert": leaf, "chain": b"".join(above), "fullchain": leaf + b"".join(above)}
    grave = check_version(
        key_pem=key, fullchain_pem=whole["fullchain"], identifiers=None, now=read_certificate(leaf).not_before
    )
    return None if any(flaw.kind not in _BEARABLE for flaw in grave) or not above else whole


def _fix(seen: SeenLineage, number: int, flawed: Flawed, *, in_use: bool, newest: int) -> Fix | None:
    if not flawed.missing and not flawed.empty:
        return None
    if (complete := completion(seen, number, flawed)) is not None:
        return complete
    whole_elsewhere = newest and newest != number
    if not in_use and number > newest and whole_elsewhere:
        return DropVersion(seen.name, number)
    return None


def _file_findings(
    seen: SeenLineage, number: int, flawed: Flawed, grave: Severity | None, fix: Fix | None
) -> Iterator[Finding]:
    for code, kinds, how in (
        ("version-incomplete", flawed.missing, "missing"),
        ("version-empty", flawed.empty, "empty"),
    ):
        if kinds:
            files = ", ".join(f"{kind}{number}.pem" for kind in kinds)
            yield found(
                code,
                seen.name.value,
                f"of version {number}, {files} {'is' if len(kinds) == 1 else 'are'} {how} in "
                f"{seen.paths.archive_dir}",
                severity=grave,
                remedy=_mend(seen, fix),
                lineage=seen.name,
                fix=fix,
            )


def _of_flaw(seen: SeenLineage, number: int, flaw: Flaw, grave: Severity | None, away: Fix | None) -> Finding:
    code = _CODES[flaw.kind]
    remedy = _mend(seen, away)
    if code == "certificate-not-yet-valid":
        remedy = "set the clock (`timedatectl set-ntp true`, or `chronyc makestep`)"
    elif code == "chain-missing":
        remedy = f"if clients complain, {remedy}"
    return found(
        code,
        seen.name.value,
        f"version {number}: {flaw.text}",
        severity=grave,
        remedy=remedy,
        lineage=seen.name,
        fix=away,
    )


def _no_archive(seen: SeenLineage) -> Finding:
    place = seen.paths.archive_dir
    there = f"{place} is empty" if seen.archive_dir is not None else f"{place} is not there"
    return found(
        "archive-missing",
        seen.name.value,
        f"there is no version of the certificate: {there}",
        remedy=f"put {place} back from a backup; or remove the rest with "
        f"`everseal delete --cert-name {seen.name}` and obtain it anew",
        lineage=seen.name,
    )


def _name_findings(seen: SeenLineage, number: int) -> Iterator[Finding]:
    facts = facts_of(seen.versions[number])
    if facts is not None and facts.odd_names:
        yield found(
            "names-odd",
            seen.name.value,
            f"version {number} has names that are no names: {', '.join(facts.odd_names[:5])}",
            remedy=f"obtain it anew with proper names: `everseal certonly --cert-name {seen.name} -d NAME`",
            lineage=seen.name,
        )


def _is_alone(contents: Mapping[Kind, bytes]) -> bool:
    """Whether the full chain is the certificate alone, so that an empty chain is right."""
    try:
        return len(split_pem(contents.get("fullchain", b""))) == 1
    except BadCertificate:
        return False


def _differs(contents: Mapping[Kind, bytes]) -> bool:
    try:
        alone, whole = split_pem(contents["cert"]), split_pem(contents["fullchain"])
        above = split_pem(contents["chain"]) if contents["chain"].strip() else []
    except BadCertificate:
        return True
    return whole != alone + above


def _mend(seen: SeenLineage, fix: Fix | None) -> str:
    if fix is not None:
        return f"`everseal doctor {seen.name} --fix`"
    return f"`everseal renew --cert-name {seen.name} --force-renewal`, or put the files back from a backup"
