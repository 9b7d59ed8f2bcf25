"""Bringing a directory back from a backup: what would be done, and doing it.

Accounts, hooks and settings first, then one lineage after the other under its lock, each looked at again.
Everything is decided by content, so that a restore that was killed is finished by doing it once more.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from everseal.model.backup import Entry, Manifest
from everseal.model.errors import Interrupted, OperatorError
from everseal.model.frozen import dataclass
from everseal.planning.restoring import FileRestore, LineageRestore, RestoreOutline
from everseal.settings.relocation import Relocation
from everseal.store.backup.examining import Examined, Offer, examine
from everseal.store.backup.ownership import Owners
from everseal.store.backup.surveying import LineageStep, Surveyor
from everseal.store.backup.tarball import read_contents
from everseal.store.backup.tree import plan_files, restore_files
from everseal.store.certbot_dir.changes import RestoreChange
from everseal.store.certbot_dir.layout import HEADER_KINDS, KINDS
from everseal.store.certbot_dir.restoring import NewFile, NewFolder, restore_lineage

if TYPE_CHECKING:
    from everseal.model.lineage import Lineage
    from everseal.model.names import CertificateName
    from everseal.model.pending import OwedHook
    from everseal.store.certbot_dir.store import CertbotStore

_PATIENCE: Final = 60.0
_USUAL_FOLDER: Final = 0o755


class NotInBackup(OperatorError):
    """A lineage was named that the backup does not have."""

    def __init__(self, name: CertificateName, manifest: Manifest) -> None:
        listed = ", ".join(sorted(manifest.lineages)) or "none"
        super().__init__(f"the backup has no certificate {name}", remedy=f"choose among: {listed}")


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What restoring would do.  ``data`` is the backup in plain, which holds private keys."""

    outline: RestoreOutline
    overwrite: bool
    steps: tuple[LineageStep, ...] = field(repr=False)
    examined: Examined = field(repr=False)
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done; ``failures`` are lineages that could not be brought back, with the reason."""

    outline: RestoreOutline
    failures: tuple[tuple[CertificateName, OperatorError], ...] = ()
    hook_failures: tuple[str, ...] = ()

    @property
    def did_something(self) -> bool:
        failed = {name for name, _ in self.failures}
        lineages = (each for each in self.outline.lineages if each.name not in failed)
        return any(each.comes_back for each in lineages) or any(
            each.comes_back for each in self.outline.files
        )


class Usage(Protocol):
    """How a lineage's versions are put to use."""

    def planned(self, step: LineageStep) -> LineageStep:
        """With the exports and hooks of its outcome."""

    def owed(self, step: LineageStep) -> Sequence[OwedHook]:
        """The hooks and exports to be on record before a version goes live."""

    def run(self, step: LineageStep, lineage: Lineage) -> Sequence[str]:
        """Carry them out; gives what failed.  The lineage's lock is held."""


class Restorer:
    """One backup on its way into one directory."""

    def __init__(self, store: CertbotStore, owners: Owners, usage: Usage, *, now: datetime) -> None:
        self._store = store
        self._owners = owners
        self._usage = usage
        self._now = now

    def plan(
        self,
        path: str,
        data: bytes,
        names: Collection[CertificateName],
        *,
        encrypted: bool,
        overwrite: bool,
    ) -> RestorePlan:
        """Everything of the backup, or these lineages with what they use.

        Raises BadBackup, NotInBackup, StoreUnusable.
        """
        examined = examine(data, now=self._now)
        for name in names:
            if name not in examined.offers:
                raise NotInBackup(name, examined.manifest)
        chosen = [examined.offers[name] for name in names or examined.offers]
        common = _used_by(chosen, examined) if names else list(examined.common)
        steps = tuple(self._step(examined, offer, overwrite=overwrite) for offer in chosen)
        manifest, config_dir = examined.manifest, self._store.layout.config_dir
        outline = RestoreOutline(
            path=path,
            encrypted=encrypted,
            host=manifest.host,
            created=manifest.created,
            origin=manifest.config_dir,
            config_dir=config_dir,
            lineages=tuple(each.outcome for each in steps),
            files=tuple(plan_files(common, config_dir, overwrite=overwrite)),
        )
        outline = replace(outline, notes=tuple(self._notes(outline, examined)))
        return RestorePlan(outline, overwrite, steps, examined, data)

    def restore(self, plan: RestorePlan) -> Restored:
        """Carry a plan out as far as it is still called for; the caller holds the run lock.

        A lineage that cannot be brought back does not keep the others from it.  Raises Busy while another
        restore is at work, StoreUnusable.
        """
        state = self._store.state
        with self._store.restore_lock():
            state.note_restoring(plan.outline.path, self._now)
            files = self._restore_files(plan)
            restored = self._restore_lineages(plan)
            if not restored.failures:
                state.forget_restoring()
        return replace(restored, outline=replace(restored.outline, files=files))

    def _restore_files(self, plan: RestorePlan) -> tuple[FileRestore, ...]:
        outline = plan.outline
        wanted = {each.path for each in outline.files if each.comes_back}
        contents = (
            (each.entry, each.data)
            for each in (read_contents(plan.data) if wanted else ())
            if each.entry.path in wanted
        )
        done = restore_files(contents, outline.config_dir, self._owners, overwrite=plan.overwrite)
        became = {each.path: each for each in done}
        return tuple(became.get(each.path, each) for each in outline.files)

    def _restore_lineages(self, plan: RestorePlan) -> Restored:
        became = {each.name: each.outcome for each in plan.steps}
        failures: list[tuple[CertificateName, OperatorError]] = []
        hook_failures: list[str] = []
        wanted = {name for name, outcome in became.items() if outcome.comes_back}
        for offer, contents in _contents_of(plan, wanted):
            try:
                outcome, failed = self._restore_one(plan, offer, contents)
            except Interrupted:
                raise
            except OperatorError as error:
                failures.append((offer.offered.name, error))
            else:
                became[outcome.name] = outcome
                hook_failures += failed
        outline = replace(plan.outline, lineages=tuple(became.values()))
        return Restored(outline, tuple(failures), tuple(hook_failures))

    def _restore_one(
        self, plan: RestorePlan, offer: Offer, contents: Mapping[str, bytes]
    ) -> tuple[LineageRestore, Sequence[str]]:
        store, name = self._store, offer.offered.name
        with store.lock(name, wait=_PATIENCE):
            store.recover(name)
            step = self._step(plan.examined, offer, overwrite=plan.overwrite)
            if not step.outcome.comes_back:
                return step.outcome, ()
            if offer.pending is not None and store.journal(name) is None:
                store.write_journal(name, offer.pending)
            folders, files = self._new(offer, step, contents)
            change = self._change(plan, offer, step, folders, files)
            restore_lineage(change, folders, files, layout=store.layout, state=store.state)
            return step.outcome, self._usage.run(step, store.load(name)) if step.outcome.moves else ()

    def _new(
        self, offer: Offer, step: LineageStep, contents: Mapping[str, bytes]
    ) -> tuple[list[NewFolder], list[NewFile]]:
        """What is not here yet."""
        entries, paths = offer.entries, step.paths
        folders = []
        for what, path in (("archive", paths.archive_dir), ("live", paths.live_dir)):
            if not os.path.isdir(path):
                entry = entries.folders.get(what)
                mode = _USUAL_FOLDER if entry is None else entry.mode
                folders.append(NewFolder(path, mode, (-1, -1) if entry is None else self._owners.of(entry)))
        files = []
        for number, here in step.outcome.numbering.numbers.items():
            for kind in KINDS:
                if kind in step.outcome.numbering.added.get(here, ()):
                    entry = entries.versions[number][kind]
                    files.append(self._file(entry, paths.archived(kind, here), contents))
        for extra in entries.extras:
            path = os.path.join(paths.live_dir, os.path.basename(extra.path))
            if not os.path.lexists(path):
                files.append(self._file(extra, path, contents))
        return folders, files

    def _file(self, entry: Entry, path: str, contents: Mapping[str, bytes]) -> NewFile:
        return NewFile(path, entry.mode, self._owners.of(entry), contents.get(entry.path, b""), entry.target)

    def _change(
        self,
        plan: RestorePlan,
        offer: Offer,
        step: LineageStep,
        folders: Iterable[NewFolder],
        files: Iterable[NewFile],
    ) -> RestoreChange:
        conf = offer.entries.conf
        assert conf is not None, "a lineage without a renewal file is not offered"
        uid, gid = self._owners.of(conf)
        return RestoreChange(
            name=step.name,
            number=step.outcome.numbering.live,
            live_dir=step.paths.live_dir,
            archive_dir=step.paths.archive_dir,
            links=tuple(step.paths.links[kind] for kind in HEADER_KINDS),
            files={each.path: each.mark for each in files},
            folders=tuple(each.path for each in folders),
            conf_before=step.conf_before,
            conf_text=step.document.render(),
            conf_mode=conf.mode,
            conf_uid=uid,
            conf_gid=gid,
            owed=(*self._owed(plan, offer, step), *self._usage.owed(step)),
        )

    def _owed(self, plan: RestorePlan, offer: Offer, step: LineageStep) -> Iterator[OwedHook]:
        """The deploy hooks that were still owed when the backup was taken; exports are owed anew."""
        relocation = self._relocation(plan.examined, offer)
        for each in plan.examined.owed:
            if (each.kind, each.name) == ("deploy", step.name) and step.outcome.moves:
                yield replace(each, command=relocation.command(each.command))

    def _relocation(self, examined: Examined, offer: Offer) -> Relocation:
        return _relocation(examined.manifest, offer, self._store.layout.config_dir)

    def _step(self, examined: Examined, offer: Offer, *, overwrite: bool) -> LineageStep:
        surveyor = Surveyor(
            self._store, self._relocation(examined, offer), overwrite=overwrite, now=self._now
        )
        return self._usage.planned(surveyor.step(offer))

    def _notes(self, outline: RestoreOutline, examined: Examined) -> Iterator[str]:
        paths = {each.path for each in outline.files if each.comes_back}
        coming = [entry for entry in examined.common if entry.path in paths]
        for each in outline.lineages:
            if each.comes_back:
                coming += _versions(examined.offers[each.name])
        yield from self._owners.notes(coming)
        if outline.origin != outline.config_dir:
            for path in sorted(paths.intersection(examined.naming)):
                yield f"{path} names {outline.origin}; look whether it should name another place"


def _versions(offer: Offer) -> list[Entry]:
    """The entries of all versions, and of what else is in the live directory."""
    numbered = [entry for files in offer.entries.versions.values() for entry in files.values()]
    return [*numbered, *offer.entries.extras]


def _contents_of(
    plan: RestorePlan, wanted: Collection[CertificateName]
) -> Iterator[tuple[Offer, Mapping[str, bytes]]]:
    """Each lineage with its files by their paths in the backup, one lineage in memory at a time."""
    conf_paths = {f"renewal/{name}.conf": name for name in wanted}
    contents: dict[str, bytes] = {}
    for each in read_contents(plan.data) if wanted else ():
        contents[each.entry.path] = each.data
        if each.entry.path.startswith("renewal/"):
            name = conf_paths.get(each.entry.path)
            if name is not None:
                yield plan.examined.offers[name], contents
            contents = {}


def _relocation(manifest: Manifest, offer: Offer, new: str) -> Relocation:
    """The directory's name in the manifest, and the one that the renewal file has for it."""
    behind = f"/live/{offer.offered.name}/cert.pem"
    link = offer.document.header("cert") or ""
    old = {manifest.config_dir, link.removesuffix(behind) if link.endswith(behind) else ""}
    return Relocation(tuple(sorted(filter(None, old), key=len, reverse=True)), new)


def _used_by(offers: Iterable[Offer], examined: Examined) -> list[Entry]:
    """The accounts of these lineages, and the files that their settings name."""
    accounts: set[str] = set()
    texts: list[str] = []
    for offer in offers:
        parameters = offer.document.section("renewalparams")
        account = parameters.get("account")
        accounts.update({account} if isinstance(account, str) else ())
        texts.append(offer.document.render())
    old = examined.manifest.config_dir
    return [
        entry
        for entry in examined.common
        if accounts.intersection(entry.path.split("/")[1:])
        or (entry.kind == "file" and any(f"{old}/{entry.path}" in text for text in texts))
    ]
