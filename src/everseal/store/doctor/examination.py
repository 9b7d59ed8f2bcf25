"""One examination from top to bottom: every certificate, every account, the directory, the machine."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from everseal.model.diagnosis import (
    SEVERITIES,
    AdoptFiles,
    CompleteVersion,
    DropVersion,
    Finding,
    Relink,
)
from everseal.model.errors import LineageMissing, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.layout import Layout
from everseal.store.certbot_dir.lineages import LineageReader
from everseal.store.certbot_dir.state import State
from everseal.store.doctor import leftovers, machine, observe
from everseal.store.doctor.access import account_access, directory_access, hook_access, lineage_access
from everseal.store.doctor.accounts import account_findings
from everseal.store.doctor.links import link_findings, named_versions
from everseal.store.doctor.names import Resolve, name_findings
from everseal.store.doctor.observation import Entry, SeenLineage, Summary
from everseal.store.doctor.renewal_files import Supplies, renewal_findings
from everseal.store.doctor.versions import facts_of, judge, version_findings
from everseal.system.abilities import probe
from everseal.system.files import explained
from everseal.system.timers import SchedulePlaces

_HOOK_KINDS: Final = ("pre", "deploy", "post")


@dataclass(frozen=True, slots=True)
class Network:
    """How names are resolved, and which addresses are this machine's."""

    resolve: Resolve
    own: Collection[str]


@dataclass(frozen=True, slots=True)
class Premises:
    """What is examined: the directory with its logs, what renewals can count on, and where timers would be
    (None: it is not this machine's usual directory, so no timer is expected to know it).

    ``may_write`` False leaves out what is found out by trying to write."""

    layout: Layout
    logs_dir: str
    supplies: Supplies
    schedules: SchedulePlaces | None = None
    may_write: bool = True


class Examination:
    """Looks, and remembers nothing from one look to the next."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._layout = premises.layout
        self._reader = LineageReader(premises.layout)
        self._state = State(premises.layout.state_dir)

    def names(self) -> Sequence[CertificateName]:
        """Every certificate with a renewal file.  Raises StoreUnusable."""
        return self._reader.names()

    def everything(
        self, names: Collection[CertificateName], *, now: datetime, network: Network | None = None
    ) -> tuple[Finding, ...]:
        """All findings, the worst first; with ``names`` only those that concern these certificates.

        Raises LineageMissing for a name of which nothing is there, StoreUnusable.
        """
        self._demand_sight()
        known = self._reader.names()
        findings: list[Finding] = []
        summaries: list[Summary] = []
        for name in known:
            seen = observe.see_lineage(name, self._layout, self._reader)
            if seen is None:
                continue
            found_here, summary = self._examine(seen, now=now)
            summaries.append(summary)
            findings += found_here
        findings += leftovers.orders_and_hooks(known, self._state)
        findings += leftovers.orphans(self._layout, summaries, self._unfinished())
        findings += leftovers.twins(summaries)
        findings += self._shared(summaries, now=now)
        if network is not None:
            asked = [each for each in summaries if not names or each.name in names]
            findings += name_findings(asked, network.resolve, network.own)
        return _worst_first(_concerning(names, known, findings))

    def lineage(self, name: CertificateName, *, now: datetime) -> tuple[Finding, ...]:
        """What is wrong with one certificate by itself, and what it left open."""
        seen = observe.see_lineage(name, self._layout, self._reader)
        findings = [] if seen is None else self._examine(seen, now=now)[0]
        known = () if seen is None else (name,)
        open_ones = leftovers.orders_and_hooks(known, self._state)
        return (*findings, *(each for each in open_ones if each.lineage == name))

    def _demand_sight(self) -> None:
        """Raises StoreUnusable for who may not look: all would seem to be missing."""
        layout = self._layout
        for root in (layout.archive_root, layout.live_root, layout.accounts_root):
            with (
                explained("read the directory", root, passing=(FileNotFoundError,)),
                suppress(FileNotFoundError),
            ):
                os.listdir(root)

    def _examine(self, seen: SeenLineage, *, now: datetime) -> tuple[list[Finding], Summary]:
        judged = {number: judge(version, now=now) for number, version in seen.versions.items()}
        named = named_versions(seen)
        root = observe.look_at(self._layout.archive_root)
        config_dir = self._layout.config_dir
        owner = _owner(config_dir)
        findings = [
            *renewal_findings(seen, self._premises.supplies, config_dir=config_dir),
            *link_findings(seen, judged, now=now),
            *version_findings(seen, judged, named=named),
            *lineage_access(seen, archive_root=root, owner=owner),
            *leftovers.lineage_leftovers(seen, judged, self._change(seen.name)),
        ]
        if seen.stated is None:
            findings = [_later(each, seen.conf.path) for each in findings]
        number = max(named, default=max(judged, default=0))
        facts = facts_of(seen.versions[number]) if number in seen.versions else None
        return findings, Summary(seen.name, seen.paths.archive_dir, seen.paths.live_dir, facts)

    def _shared(self, summaries: Sequence[Summary], *, now: datetime) -> Iterator[Finding]:
        owner = _owner(self._layout.config_dir)
        for account in observe.see_accounts(self._layout):
            yield from account_findings(account)
            yield from account_access(account, owner=owner)
        yield from self._directories(summaries)
        yield from leftovers.stale_files(self._layout, now=now)
        if now >= machine.WRITTEN:
            yield from leftovers.future_files(self._dated(summaries), now=now)
        yield from machine.clock_findings(now)
        config_dir = self._layout.config_dir
        abilities = probe(config_dir) if self._premises.may_write else None
        ground = machine.survey(config_dir, abilities)
        yield from machine.ground_findings(config_dir, ground)
        yield from machine.log_findings(self._premises.logs_dir)
        if self._premises.schedules is not None and summaries:
            yield from machine.schedule_findings(self._premises.schedules)

    def _directories(self, summaries: Sequence[Summary]) -> Iterator[Finding]:
        layout = self._layout
        hooks = os.path.join(layout.config_dir, "renewal-hooks")
        paths = [
            layout.config_dir,
            layout.renewal_dir,
            layout.archive_root,
            layout.live_root,
            layout.accounts_root,
            layout.state_dir,
            hooks,
            *(os.path.join(hooks, kind) for kind in _HOOK_KINDS),
            *(summary.live_dir for summary in summaries),
        ]
        seen = [entry for entry in map(observe.look_at, paths) if entry is not None]
        scripts = [each for kind in _HOOK_KINDS for each in observe.entries_of(os.path.join(hooks, kind))]
        yield from hook_access(scripts)
        logs = observe.look_at(self._premises.logs_dir)
        yield from directory_access(
            layout, [*seen, *scripts], logs=logs, open_logs=_any_open(self._premises.logs_dir)
        )

    def _dated(self, summaries: Sequence[Summary]) -> Iterator[str]:
        for summary in summaries:
            yield self._layout.conf(summary.name)
            yield from (entry.path for entry in observe.entries_of(summary.archive_dir))

    def _change(self, name: CertificateName) -> bool | OperatorError:
        try:
            return self._state.change(name) is not None
        except OperatorError as error:
            return error

    def _unfinished(self) -> Collection[CertificateName]:
        """A first issuance that stopped half-way is finished by its journal."""
        return [name for name in self._state.open_journals() if self._change(name) is True]


def _later(finding: Finding, conf: str) -> Finding:
    """Without knowing from its renewal file where a certificate lives, its files are not touched."""
    if not isinstance(finding.fix, Relink | AdoptFiles | CompleteVersion | DropVersion):
        return finding
    return replace(
        finding, fix=None, remedy=f"mend {conf} first, then `everseal doctor {finding.subject} --fix`"
    )


def _concerning(
    names: Collection[CertificateName], known: Sequence[CertificateName], findings: Sequence[Finding]
) -> Sequence[Finding]:
    if not names:
        return findings
    for name in names:
        if name not in known and not any(each.lineage == name for each in findings):
            raise LineageMissing(name.value)
    return [each for each in findings if each.lineage in names]


def _worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: SEVERITIES.index(each.severity)))


def _owner(config_dir: str) -> int:
    entry = observe.look_at(os.path.realpath(config_dir))
    return 0 if entry is None else entry.uid


def _any_open(folder: str) -> bool:
    def is_open(entry: Entry) -> bool:
        return entry.kind == "file" and bool(entry.mode & 0o004)

    return any(map(is_open, observe.entries_of(folder)))
