"""Judging the live links of a lineage."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from everseal.model.diagnosis import AdoptFiles, Finding, Fix, Relink
from everseal.planning.suggestion import OWN_SECTION
from everseal.store.certbot_dir.archive import BadLink
from everseal.store.certbot_dir.flip import link_targets
from everseal.store.certbot_dir.layout import HEADER_KINDS, KINDS
from everseal.store.certbot_dir.lineages import plain_section
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.observation import SeenLineage
from everseal.store.doctor.versions import Flawed, completion, judge_files, newest_whole
from everseal.store.pins import pinned_version


def named_versions(seen: SeenLineage) -> Collection[int]:
    """The versions that at least one good live link names."""
    return {link for link in (seen.links or {}).values() if isinstance(link, int)}


def link_findings(seen: SeenLineage, judged: Mapping[int, Flawed], *, now: datetime) -> Iterator[Finding]:
    """What is wrong with the four live links; each finding has the same fix."""
    fix = link_fix(seen, judged, now=now)
    if seen.links is None:
        if seen.versions:
            yield _finding(seen, "live-missing", f"{seen.paths.live_dir} is not there", fix)
        return
    bad: dict[str, list[BadLink]] = {}
    for kind in HEADER_KINDS:
        link = seen.links[kind]
        if isinstance(link, BadLink):
            bad.setdefault(_code(link), []).append(link)
    for code, links in bad.items():
        yield _finding(seen, code, _described(links), fix)
    numbers = named_versions(seen)
    if len(numbers) > 1:
        listed = ", ".join(f"{kind} to {link}" for kind, link in seen.links.items() if isinstance(link, int))
        yield _finding(seen, "links-mixed", f"the live links point to different versions ({listed})", fix)
    if len(numbers) == 1 and not any(isinstance(link, BadLink) for link in seen.links.values()):
        yield from _whole_set(seen, judged, min(numbers), fix)


def best_version(seen: SeenLineage, judged: Mapping[int, Flawed]) -> int | None:
    """The version that the links ought to name: where an operator went back to one, that one while it is
    whole."""
    numbers = named_versions(seen)
    document = seen.readable
    if document is not None and len(numbers) == 1:
        live = min(numbers)
        sections = {OWN_SECTION: plain_section(document.section(OWN_SECTION))}
        if pinned_version(sections, live=live) is not None and live in judged and judged[live].is_whole:
            return live
    return newest_whole(judged)


def link_fix(seen: SeenLineage, judged: Mapping[int, Flawed], *, now: datetime) -> Fix | None:
    """What puts the links right: copied files made links again, the files they name made anew, or all four
    set to the best version."""
    if seen.copies:
        return _adoption(seen, judged, now=now)
    for number, flawed in judged.items():
        complete = completion(seen, number, flawed)
        if complete is not None and seen.targets == link_targets(seen.paths, number):
            return complete
    best = best_version(seen, judged)
    return None if best is None or _has_other_entries(seen) else Relink(seen.name, best)


def _whole_set(
    seen: SeenLineage, judged: Mapping[int, Flawed], number: int, fix: Fix | None
) -> Iterator[Finding]:
    best = best_version(seen, judged)
    if best is not None and best > number and judged[best].is_current:
        yield _finding(
            seen, "links-behind", f"version {best} is sound, and the live links name version {number}", fix
        )
        return
    if judged[number].is_whole and not os.path.isabs(link_targets(seen.paths, number)["cert"]):
        absolute = [kind for kind, target in seen.targets.items() if os.path.isabs(target)]
        if absolute:
            listed = ", ".join(f"{kind}.pem" for kind in absolute)
            what = f"absolute paths are in the links {listed} of {seen.paths.live_dir}"
            yield _finding(seen, "link-absolute", what, Relink(seen.name, number))


def _adoption(seen: SeenLineage, judged: Mapping[int, Flawed], *, now: datetime) -> Fix | None:
    """The version whose files the copies are; a version of their own, when they are whole by themselves."""
    for number in sorted(judged, reverse=True):
        contents = seen.versions[number].contents
        same = all(contents.get(kind) == data for kind, data in seen.copies.items())
        if same and judged[number].is_whole:
            return AdoptFiles(seen.name, number, new=False)
    number = _begun(seen) or max(seen.versions, default=0) + 1
    if judge_files(seen.copies, seen.copies.keys(), number=number, now=now).is_whole:
        return AdoptFiles(seen.name, number, new=True)
    return None


def _begun(seen: SeenLineage) -> int | None:
    """A version with nothing but some of the copies in it: an earlier adoption was interrupted."""
    for number, version in seen.versions.items():
        if len(version.entries) < len(KINDS) and version.contents.items() <= seen.copies.items():
            return number
    return None


def _has_other_entries(seen: SeenLineage) -> bool:
    """Whether something that is neither link nor file stands where a link should be."""
    names = {os.path.basename(path) for path in seen.paths.links.values()}
    return any(
        os.path.basename(entry.path) in names and entry.kind not in {"link", "file"}
        for entry in seen.live_entries
    )


def _described(links: Sequence[BadLink]) -> str:
    first, *others = links
    listed = ", ".join(os.path.basename(link.path) for link in others)
    same = f"; {listed} {'is' if len(others) == 1 else 'are'} no better" if others else ""
    return f"{first.path} {first.why}{same}"


def _code(link: BadLink) -> str:
    if link.is_file:
        return "link-is-file"
    if link.why == "is missing":
        return "link-missing"
    return "link-dangling" if link.why.endswith("which is not there") else "link-elsewhere"


def _finding(seen: SeenLineage, code: str, what: str, fix: Fix | None) -> Finding:
    if fix is not None:
        remedy = f"`everseal doctor {seen.name} --fix`"
    elif seen.copies:
        remedy = (
            f"no version equals these files: move them out of {seen.paths.live_dir}, then "
            f"`everseal doctor {seen.name} --fix`"
        )
    else:
        remedy = (
            f"put the files back into {seen.paths.archive_dir} from a backup, then `everseal doctor --fix`"
        )
    return found(code, seen.name.value, what, remedy=remedy, lineage=seen.name, fix=fix)
