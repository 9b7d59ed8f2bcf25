"""Judging what interrupted runs and careless hands leave behind, and certificates that are there twice."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from everseal.model.diagnosis import Finding, Fix, Recover, Relink, RemoveStale
from everseal.model.errors import OperatorError
from everseal.model.names import CertificateName, Identifier
from everseal.model.pending import OwedHook
from everseal.planning.words import plural
from everseal.store.certbot_dir.layout import KINDS, Layout
from everseal.store.certbot_dir.state import State
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.links import best_version
from everseal.store.doctor.observation import Entry, SeenLineage, Summary
from everseal.store.doctor.observe import entries_of, look_at
from everseal.store.doctor.versions import Flawed
from everseal.system.files import temporary_base

_STALE: Final = timedelta(hours=1)
_TWIN: Final = re.compile(r"(?P<base>.+)-[0-9]{4}\Z")
_PREVIOUS: Final = frozenset(f"previous_{kind}.pem" for kind in KINDS)
_README: Final = "README"


def lineage_leftovers(
    seen: SeenLineage, judged: dict[int, Flawed], change: bool | OperatorError
) -> Iterator[Finding]:
    """Previous links, a second live directory, an unfinished change."""
    doctor = f"`everseal doctor {seen.name} --fix`"
    previous = [entry for entry in seen.live_entries if os.path.basename(entry.path) in _PREVIOUS]
    if previous:
        names = ", ".join(os.path.basename(entry.path) for entry in previous)
        best = best_version(seen, judged)
        fix: Fix | None = Relink(seen.name, best) if best is not None and not seen.copies else None
        what = f"{names} in {seen.paths.live_dir} would move the links back"
        yield found("previous-links", seen.name.value, what, remedy=doctor, lineage=seen.name, fix=fix)
    if isinstance(change, OperatorError):
        yield found(
            "journal-unreadable", seen.name.value, change.message, remedy=change.remedy, lineage=seen.name
        )
    elif change:
        what = "a change of its files was begun and not finished"
        yield _recovery("journal-open", seen.name, what)
    parent, base = os.path.split(seen.paths.live_dir)
    twin = os.path.join(parent, f".{base}.twin")
    if os.path.lexists(twin):
        yield _recovery("twin-left", seen.name, f"{twin} is left from moving the links")


def orders_and_hooks(names: Collection[CertificateName], state: State) -> Iterator[Finding]:
    """What is waiting for the next run; of lineages without a renewal file also their unfinished changes."""
    for name in state.open_journals():
        if name not in names:
            yield from _readable(name, _unfinished(name, state))
        yield from _readable(name, _order(name, state))
        yield from _readable(name, _in_place(name, state))
    yield from _hooks(state)


def _readable(name: CertificateName, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except OperatorError as error:
        remedy = error.remedy
        yield found("journal-unreadable", name.value, error.message, remedy=remedy, lineage=name)


def _unfinished(name: CertificateName, state: State) -> Iterator[Finding]:
    if state.change(name) is not None:
        yield _recovery("journal-open", name, "its first version, or its removal, was begun and not finished")


def _order(name: CertificateName, state: State) -> Iterator[Finding]:
    pending = state.pending(name)
    if pending is not None:
        what = f"an order at {pending.server} of {pending.created:%Y-%m-%d %H:%M} UTC waits to be carried on"
        remedy = f"`everseal renew --cert-name {name}`, or the command that was interrupted once more"
        yield found("order-open", name.value, what, remedy=remedy, lineage=name)


def _in_place(name: CertificateName, state: State) -> Iterator[Finding]:
    presented = state.presented(name)
    if presented is not None:
        answers = plural(len(presented.presentations), "answer")
        what = f"{answers} to challenges may be in place for an order that no run carries on"
        remedy = "`everseal renew` takes away what is left of it"
        yield found("challenge-left", name.value, what, remedy=remedy, lineage=name)


def orphans(
    layout: Layout, summaries: Sequence[Summary], unfinished: Collection[CertificateName]
) -> Iterator[Finding]:
    """Directories of versions and links that no renewal file leads to."""
    used = {os.path.realpath(path) for each in summaries for path in (each.archive_dir, each.live_dir)}
    names = {each.name.value for each in summaries} | {name.value for name in unfinished}
    for code, root in (("orphan-archive", layout.archive_root), ("orphan-live", layout.live_root)):
        for entry in entries_of(root):
            name = os.path.basename(entry.path)
            is_known = name in names or name.startswith(".") or os.path.realpath(entry.path) in used
            inside = [each for each in entries_of(entry.path) if os.path.basename(each.path) != _README]
            if entry.kind == "file" or is_known or not inside:
                continue
            yield found(
                code,
                name,
                f"{entry.path} holds {len(inside)} files, and there is no {layout.renewal_dir}/{name}.conf",
                remedy=f"put {name}.conf back from a backup, or move the directory away: "
                f"`mv {entry.path} {layout.config_dir}/../{name}.{os.path.basename(root)}.old`",
                lineage=CertificateName(name),
            )


def stale_files(layout: Layout, *, now: datetime) -> Iterator[Finding]:
    """Files that a killed writer was about to rename; younger ones may have a writer."""
    for entry in entries_of(layout.renewal_dir):
        base = os.path.basename(entry.path)
        if base.endswith(".conf.new") or (temporary_base(base) or "").endswith(".conf"):
            yield from _stale("conf-left", entry, now)
    folders = [layout.config_dir, layout.live_root, layout.state_dir]
    folders += [entry.path for root in (layout.state_dir, layout.archive_root) for entry in entries_of(root)]
    folders += [folder for folder, _, _ in os.walk(layout.accounts_root)]
    for folder in folders:
        for entry in entries_of(folder):
            if temporary_base(os.path.basename(entry.path)) is not None and entry.kind != "directory":
                yield from _stale("temporary-left", entry, now)


def twins(summaries: Iterable[Summary]) -> Iterator[Finding]:
    """``NAME-0001`` beside ``NAME`` with the same names, or some of them."""
    by_name = {each.name.value: each for each in summaries}
    for summary in by_name.values():
        match = _TWIN.match(summary.name.value)
        first = by_name.get(match["base"]) if match is not None else None
        if first is None or first.facts is None or summary.facts is None:
            continue
        ours, theirs = set(summary.facts.identifiers), set(first.facts.identifiers)
        common = ours & theirs
        if not common:
            continue
        same = ours == theirs
        on_purpose = same and summary.facts.key_type != first.facts.key_type
        listed = _listed(common)
        yield found(
            "twin-same" if same else "twin-overlap",
            summary.name.value,
            f"{first.name} and {summary.name} are both for {listed}",
            severity="note" if on_purpose else None,
            cause="one is RSA and one is not, which may be on purpose" if on_purpose else None,
            remedy=f"see which one the servers use, then `everseal delete --cert-name` the other; give "
            f"`--cert-name {first.name}` from now on",
            lineage=summary.name,
        )


def future_files(paths: Iterable[str], *, now: datetime) -> Iterator[Finding]:
    """Renewal files and versions that were written after now."""
    limit = (now + _STALE).timestamp()
    ahead = [entry for entry in map(look_at, paths) if entry is not None and entry.modified > limit]
    if ahead:
        last = max(ahead, key=lambda entry: entry.modified)
        when = datetime.fromtimestamp(min(last.modified, 253402300799), now.tzinfo)
        yield found(
            "file-from-future",
            "clock",
            f"{last.path} was written on {when:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M} here"
            + (f"; so were {len(ahead) - 1} others" if len(ahead) > 1 else ""),
            remedy="see that the clock is right (`timedatectl`); then `touch` the files",
        )


def _hooks(state: State) -> Iterator[Finding]:
    try:
        owed: Sequence[OwedHook] = state.owed_hooks()
    except OperatorError as error:
        yield found("journal-unreadable", "hooks", error.message, remedy=error.remedy)
        return
    for hook in owed:
        tried = f", after {plural(hook.attempts, 'attempt')}" if hook.attempts else ""
        yield found(
            "hook-owed",
            "hooks" if hook.name is None else hook.name.value,
            f"the {hook.kind} hook {hook.command!r} is still to run{tried}",
            remedy="`everseal renew` runs it; if it fails, run it by hand and see why",
            lineage=hook.name,
        )


def _recovery(code: str, name: CertificateName, what: str) -> Finding:
    remedy = f"`everseal doctor {name} --fix`, or `everseal renew`"
    return found(code, name.value, what, remedy=remedy, lineage=name, fix=Recover(name))


def _stale(code: str, entry: Entry, now: datetime) -> Iterator[Finding]:
    if now.timestamp() - entry.modified >= _STALE.total_seconds():
        what = f"{entry.path} was never finished"
        yield found(code, entry.path, what, remedy=f"`rm {entry.path}`", fix=RemoveStale(entry.path))


def _listed(names: Collection[Identifier]) -> str:
    shown = sorted(each.value for each in names)
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
