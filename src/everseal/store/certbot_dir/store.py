"""Certbot's directory as a store of lineages."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from everseal.model.errors import Busy, LineageBroken, LineageExists, Unsound
from everseal.store.answers import FILE, Answers
from everseal.store.certbot_dir.archive import list_archive, live_version, read_files
from everseal.store.certbot_dir.changes import CommitChange, DeleteChange, MoveChange, RenameChange
from everseal.store.certbot_dir.commit import perform, text_digest, write_document
from everseal.store.certbot_dir.deletion import begin_deletion, finish_deletion, present_paths
from everseal.store.certbot_dir.layout import HEADER_KINDS, Layout, LineagePaths
from everseal.store.certbot_dir.lineages import LineageReader
from everseal.store.certbot_dir.moving import is_pinned_as, move
from everseal.store.certbot_dir.pruning import list_leftovers, prune_versions, remove_leftovers
from everseal.store.certbot_dir.run_lock import take_run_lock
from everseal.store.certbot_dir.state import State
from everseal.system.files import sweep_beside, temporaries_in
from everseal.system.locks import Lock, lock_file
from everseal.version import CERTBOT_LEVEL

if TYPE_CHECKING:
    from everseal.model.clock import Clock
    from everseal.model.lineage import (
        Damaged,
        Inventory,
        Lineage,
        NewVersion,
        ParameterValue,
        VersionFiles,
    )
    from everseal.model.names import CertificateName
    from everseal.model.pending import OwedHook, PendingOrder, Presented, Recovery
    from everseal.settings.renewal_file import RenewalDocument
    from everseal.store.certbot_dir.recovery import Recoverer

_PARAMETERS: Final = "renewalparams"


class CertbotStore:
    """Implements the ``Store`` port on a configuration directory such as ``/etc/letsencrypt``.

    Whatever writes to a lineage expects its :meth:`lock` to be held, and :meth:`run_lock` around the run.
    """

    def __init__(self, config_dir: str, *, clock: Clock) -> None:
        self.layout = Layout(os.path.abspath(config_dir))
        self.state = State(self.layout.state_dir)
        self.answers = Answers(os.path.join(self.layout.state_dir, FILE))
        self._clock = clock
        self._reader = LineageReader(self.layout)

    def names(self) -> tuple[CertificateName, ...]:
        """In the order of the renewal files' names.  Raises StoreUnusable."""
        return self._reader.names()

    def load(self, name: CertificateName) -> Lineage:
        """Raises LineageMissing, LineageBroken, StoreUnusable."""
        return self._reader.load(name)

    def load_all(self) -> Sequence[Lineage | Damaged]:
        """Every lineage, the damaged ones with their error."""
        return self._reader.load_all()

    def load_each(self, names: Sequence[CertificateName]) -> Sequence[Lineage | Damaged]:
        """Those of ``names`` that are there, the damaged ones with their error."""
        return self._reader.load_each(names)

    def inventory(self, name: CertificateName) -> Inventory:
        """Raises LineageMissing, LineageBroken where the renewal file cannot be read, StoreUnusable."""
        return self._reader.inventory(name)

    def read_version(self, name: CertificateName, number: int) -> VersionFiles:
        """Raises LineageBroken when the version is not complete."""
        paths = self._paths(name)
        try:
            return read_files(paths, number)
        except FileNotFoundError as error:
            raise LineageBroken(
                name.value, f"{error.filename} is not there", remedy=self._choice(paths)
            ) from None

    def reserve_check(self, name: CertificateName) -> None:
        """Raises LineageExists when files stand where a new lineage would go."""
        self._reader.reserve_check(name)

    def free_name(self, wanted: CertificateName) -> CertificateName:
        """``wanted``, or ``wanted-0001`` and so on when it is taken."""
        return self._reader.free_name(wanted)

    def run_lock(self) -> Lock:
        """The lock that keeps Certbot out, shared with other runs of ours.  Raises Busy, StoreUnusable."""
        return take_run_lock(self.layout.config_dir, clock=self._clock)

    def lock(self, name: CertificateName, *, wait: float) -> Lock:
        """The lineage's own lock, exclusive, waited for up to ``wait`` seconds.  Raises Busy."""
        busy = Busy(
            f"another run is at work on the certificate {name}",
            remedy="wait until it has ended and run the command again",
        )
        return lock_file(self.state.lock_path(name), clock=self._clock, wait=wait, busy=busy)

    def hooks_lock(self, *, alone: bool, wait: float) -> Lock:
        """Shared by the runs that may owe post hooks, waited for up to ``wait`` seconds.  Raises Busy."""
        busy = Busy(
            "another run is at work, or runs the hooks that an interrupted one owes",
            remedy="wait until it has ended and run the command again",
        )
        path = self.state.hooks_lock_path()
        return lock_file(path, clock=self._clock, shared=not alone, wait=wait, busy=busy)

    def restore_lock(self) -> Lock:
        """Held by the one run that brings back a backup.  Raises Busy."""
        busy = Busy(
            "another run brings back a backup here",
            remedy="wait until it has ended and run the command again",
        )
        return lock_file(self.state.restore_lock_path(), clock=self._clock, busy=busy)

    def open_journals(self) -> tuple[CertificateName, ...]:
        """The names that an earlier run left something to do for."""
        return self.state.open_journals()

    def sweep(self) -> None:
        """Remove what writers that were killed left in the folders that all lineages share."""
        self._recoverer().sweep(now=self._clock.now())
        half_written = temporaries_in(self.layout.renewal_dir)
        for name in self.names() if half_written else ():
            conf = self.layout.conf(name)
            if os.path.basename(conf) in half_written:
                with suppress(Busy), self.lock(name, wait=0):
                    sweep_beside(conf)

    def recover(self, name: CertificateName) -> Recovery:
        """Mend what an earlier run, or Certbot, left half done; harmless where nothing is amiss."""
        recoverer = self._recoverer()
        change = self.state.change(name)
        if not isinstance(change, RenameChange):
            return recoverer.recover(name, now=self._clock.now())
        with self.lock(change.new_name, wait=0):
            return recoverer.recover(name, now=self._clock.now())

    def journal(self, name: CertificateName) -> PendingOrder | None:
        """The order that is under way for a lineage, with its key."""
        return self.state.pending(name)

    def write_journal(self, name: CertificateName, pending: PendingOrder) -> None:
        """Durable when it returns; call it before the order is finalized, and at each step after."""
        self.state.write_pending(pending)

    def drop_journal(self, name: CertificateName) -> None:
        """The order came to nothing, or is done."""
        self.state.drop_pending(name)

    def presented(self, name: CertificateName) -> Presented | None:
        """What an order that no later run carries on has in place for the CA."""
        return self.state.presented(name)

    def note_presented(self, presented: Presented) -> None:
        """Durable when it returns; call it before anything is put in place."""
        self.state.note_presented(presented)

    def forget_presented(self, name: CertificateName) -> None:
        """Nothing is in place any more."""
        self.state.forget_presented(name)

    def commit(
        self,
        name: CertificateName,
        version: NewVersion,
        *,
        parameters: Mapping[str, ParameterValue],
        sections: Mapping[str, Mapping[str, ParameterValue]],
        new: bool,
        owed: Sequence[OwedHook] = (),
    ) -> Lineage:
        """Add a version, make it live, record the hooks owed and save the renewal file, in that order.

        ``parameters`` become all of ``[renewalparams]``; each of ``sections`` replaces the section of its
        name, an empty one removes it.  The pending order of the lineage is dropped at the end.  Raises
        Unsound, BadCertificate and StoreUnusable with everything as it was before the flip, LineageExists
        when ``new`` and something is in the way.
        """
        from everseal.store.integrity import split_version

        files = split_version(version)
        if new:
            self._reader.reserve_check(name)
        document = self._new_document(name) if new else self._reader.document(name)
        paths = self._reader.paths(name, document)
        changed = _changed(document.set_header("version", CERTBOT_LEVEL), parameters, sections)
        change = CommitChange(
            name=name,
            number=list_archive(paths).next_number,
            live_dir=paths.live_dir,
            archive_dir=paths.archive_dir,
            new=new,
            conf_before=None if new else text_digest(document.render()),
            conf_text=changed.render(),
            identifiers=version.identifiers,
            owed=tuple(owed),
        )
        perform(change, paths, files, layout=self.layout, state=self.state, now=self._clock.now())
        return self._reader.load(name)

    def owed_hooks(self) -> tuple[OwedHook, ...]:
        """Hooks that have not ended well yet."""
        return self.state.owed_hooks()

    def owes(self, owed: OwedHook) -> bool:
        """Whether the hook is owed still."""
        return self.state.owes(owed)

    def owe_hook(self, owed: OwedHook) -> None:
        """Record a hook as owed, or one more failed attempt at it."""
        self.state.owe_hook(owed)

    def settle_hook(self, owed: OwedHook) -> None:
        """The hook is owed no longer."""
        self.state.settle_hook(owed)

    def relink(
        self, name: CertificateName, number: int, *, pinned: bool = False, owed: Sequence[OwedHook] = ()
    ) -> Lineage:
        """Make a version live and record the hooks owed for that.

        ``pinned`` keeps it live until the next commit, although there are later ones.  Raises LineageBroken
        when it is not complete, Unsound when it is not whole, StoreUnusable.
        """
        from everseal.store.integrity import is_whole

        paths = self._paths(name)
        if not is_whole(self.read_version(name, number), now=self._clock.now()):
            raise Unsound(
                f"version {number} of {name} was not put to use: its key, certificate and chain do not match",
                remedy=self._choice(paths),
            )
        if live_version(paths) != number or not is_pinned_as(paths, number if pinned else None):
            move(MoveChange(name, number, pinned, tuple(owed)), paths, self.state)
        return self._reader.load(name)

    def save_parameters(
        self,
        name: CertificateName,
        *,
        parameters: Mapping[str, ParameterValue] | None = None,
        sections: Mapping[str, Mapping[str, ParameterValue]] | None = None,
    ) -> None:
        """Rewrite the renewal file only; None leaves what is there."""
        document = self._reader.document(name)
        before = text_digest(document.render())
        if parameters is not None:
            document = document.set_header("version", CERTBOT_LEVEL)
        write_document(document.path, _changed(document, parameters, sections or {}).render(), before=before)

    def delete(self, name: CertificateName) -> tuple[str, ...]:
        """Remove a lineage, also a damaged one; gives the paths removed.  Raises LineageMissing."""
        return finish_deletion(self._deletion(name), self.layout, self.state)

    def deletion_paths(self, name: CertificateName) -> tuple[str, ...]:
        """The paths that :meth:`delete` would remove, in order.  Raises LineageMissing."""
        return present_paths(self._deletion(name), self.layout)

    def _deletion(self, name: CertificateName) -> DeleteChange:
        unfinished = self.state.change(name)
        if isinstance(unfinished, DeleteChange):
            return unfinished
        try:
            paths = self._paths(name)
        except LineageBroken:
            paths = self.layout.default_paths(name)
        return begin_deletion(paths)

    def prune(self, name: CertificateName, numbers: Collection[int]) -> tuple[str, ...]:
        """Remove these versions with their keys, never the live one nor one that a journal is about; gives
        the paths removed."""
        return prune_versions(self._paths(name), numbers, self.state.change(name))

    def rename_moves(self, name: CertificateName, new: CertificateName) -> tuple[tuple[str, str], ...]:
        """What would move where; raises LineageExists where something is in the way of ``new``."""
        change = self._rename_change(name, new)
        moving = (
            (self.layout.conf(name), self.layout.conf(new)),
            (change.live_dir, change.new_live_dir),
            (change.archive_dir, change.new_archive_dir),
        )
        return tuple((old, path) for old, path in moving if old != path)

    def rename(self, name: CertificateName, new: CertificateName) -> Lineage:
        """Give a lineage another name, with everything that is kept about it; both locks are held.

        Raises LineageMissing, LineageBroken, LineageExists, StoreUnusable.
        """
        from everseal.store.certbot_dir.renaming import rename

        rename(self._rename_change(name, new), self.layout, self.state)
        return self._reader.load(new)

    def leftovers(self) -> tuple[str, ...]:
        """Signing requests and keys that Certbot wrote before its version 2.0."""
        return list_leftovers(self.layout)

    def remove_leftovers(self, paths: Collection[str]) -> tuple[str, ...]:
        """Remove those of ``paths`` that are leftovers; gives what was removed."""
        return remove_leftovers(self.layout, paths)

    def _rename_change(self, name: CertificateName, new: CertificateName) -> RenameChange:
        from everseal.store.certbot_dir.renaming import begin_rename

        lineage = self._reader.load(name)
        self._reader.reserve_check(new)
        if self.state.pending(new) is not None or self.state.change(new) is not None:
            raise LineageExists(
                f"an earlier run has left something unfinished for {new}",
                remedy=f"finish it with `certonly --cert-name {new}`, or choose another name",
            )
        document = self._reader.document(name)
        return begin_rename(self._reader.paths(name, document), new, lineage.live, document)

    def _recoverer(self) -> Recoverer:
        from everseal.store.certbot_dir.recovery import Recoverer

        return Recoverer(self.layout, self.state, self._reader)

    def _paths(self, name: CertificateName) -> LineagePaths:
        return self._reader.paths(name, self._reader.document(name))

    def _choice(self, paths: LineagePaths) -> str:
        complete = list_archive(paths).complete
        numbers = ", ".join(map(str, complete)) or "none"
        return f"choose one of the complete versions ({numbers}), or renew {paths.name}"

    def _new_document(self, name: CertificateName) -> RenewalDocument:
        from everseal.settings.renewal_file import RenewalDocument

        paths = self.layout.default_paths(name)
        document = RenewalDocument.parse("", path=paths.conf).set_header("version", CERTBOT_LEVEL)
        document = document.set_header("archive_dir", paths.archive_dir)
        for kind in HEADER_KINDS:
            document = document.set_header(kind, paths.links[kind])
        return document


def _changed(
    document: RenewalDocument,
    parameters: Mapping[str, ParameterValue] | None,
    sections: Mapping[str, Mapping[str, ParameterValue]],
) -> RenewalDocument:
    if parameters is not None:
        document = document.replace_section(_PARAMETERS, parameters)
    for section, content in sections.items():
        if content:
            document = document.replace_section(section, content)
        else:
            document = document.without_section(section)
    return document
