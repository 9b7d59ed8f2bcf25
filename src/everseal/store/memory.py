"""A store that forgets when the process ends: for tests, trials and programs that keep files elsewhere.

It keeps the same promises as the directory, apart from outliving anything.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from everseal.model.account import StoredAccount, account_id
from everseal.model.certificate import read_certificate
from everseal.model.errors import Busy, LineageBroken, LineageExists, LineageMissing, StoreUnusable, Unsound
from everseal.model.frozen import dataclass
from everseal.model.lineage import Damaged, Inventory, Lineage, NewVersion, ParameterValue, VersionFiles
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook, PendingOrder, Presented, Recovery
from everseal.planning.suggestion import OWN_SECTION
from everseal.store.integrity import demand_sound, is_whole, newest_whole, split_version
from everseal.store.pins import pinned_version, with_pin
from everseal.version import CERTBOT_LEVEL

if TYPE_CHECKING:
    from everseal.model.clock import Clock
    from everseal.model.private_key import PrivateKey

_KINDS: Final = ("cert", "privkey", "chain", "fullchain")
_MOST_TWINS: Final = 9999


@dataclass(frozen=True, slots=True)
class _Kept:
    """One lineage: its versions by number and what its renewal file would say."""

    live: int
    versions: Mapping[int, VersionFiles]
    parameters: Mapping[str, ParameterValue]
    sections: Mapping[str, Mapping[str, ParameterValue]] = field(default_factory=dict)


class MemoryStore:
    """Implements the ``Store`` port; safe to use from several threads."""

    def __init__(self, *, clock: Clock, root: str = "/memory") -> None:
        self._clock = clock
        self._root = root
        self._mutex = threading.RLock()
        self._lineages: dict[CertificateName, _Kept] = {}
        self._pending: dict[CertificateName, PendingOrder] = {}
        self._presented: dict[CertificateName, Presented] = {}
        self._owed: dict[tuple[str, str, CertificateName | None], OwedHook] = {}
        self._locks: dict[CertificateName, threading.Lock] = {}
        self._runs = 0

    def names(self) -> tuple[CertificateName, ...]:
        """In the order in which renewal files would sort."""
        with self._mutex:
            return tuple(sorted(self._lineages, key=lambda name: f"{name}.conf"))

    def load(self, name: CertificateName) -> Lineage:
        """Raises LineageMissing."""
        return self._lineage(name, self._kept(name))

    def load_all(self) -> Sequence[Lineage | Damaged]:
        """Every lineage; none is ever damaged here."""
        return [self.load(name) for name in self.names()]

    def inventory(self, name: CertificateName) -> Inventory:
        """Raises LineageMissing; every version is complete here."""
        kept = self._kept(name)
        missing: dict[int, tuple[str, ...]] = dict.fromkeys(sorted(kept.versions), ())
        pinned = pinned_version(kept.sections, live=kept.live)
        return Inventory(name, kept.live, pinned, missing)

    def read_version(self, name: CertificateName, number: int) -> VersionFiles:
        """Raises LineageMissing, and LineageBroken when there is no such version."""
        versions = self._kept(name).versions
        if number not in versions:
            raise LineageBroken(
                name.value,
                f"version {number} is not there",
                remedy=f"choose one of the complete versions ({', '.join(map(str, versions))})",
            )
        return versions[number]

    def reserve_check(self, name: CertificateName) -> None:
        """Raises LineageExists."""
        with self._mutex:
            if name in self._lineages:
                raise LineageExists(f"a certificate {name} exists", remedy="choose another --cert-name")

    def free_name(self, wanted: CertificateName) -> CertificateName:
        """``wanted``, or ``wanted-0001`` and so on when it is taken."""
        candidates = [wanted, *(CertificateName(f"{wanted}-{n:04d}") for n in range(1, _MOST_TWINS + 1))]
        with self._mutex:
            for candidate in candidates:
                if candidate not in self._lineages:
                    return candidate
        raise LineageExists(f"every name like {wanted} is taken", remedy="choose another --cert-name")

    @contextmanager
    def run_lock(self) -> Iterator[None]:
        """Nothing outside this process can be at work here."""
        yield

    @contextmanager
    def lock(self, name: CertificateName, *, wait: float) -> Iterator[None]:
        """The lineage's own lock, waited for up to ``wait`` seconds.  Raises Busy."""
        with self._mutex:
            lock = self._locks.setdefault(name, threading.Lock())
        with _held(lock, f"the certificate {name}", wait):
            yield

    @contextmanager
    def hooks_lock(self, *, alone: bool, wait: float) -> Iterator[None]:
        """Held shared, or alone without waiting: no other process is here to wait for.  Raises Busy."""
        with self._mutex:
            if self._runs < 0 or (alone and self._runs):
                raise Busy("another run is at work", remedy="wait until it has ended")
            self._runs = -1 if alone else self._runs + 1
        try:
            yield
        finally:
            with self._mutex:
                self._runs = 0 if alone else self._runs - 1

    def open_journals(self) -> tuple[CertificateName, ...]:
        """The names with an order under way, or with something in place for one."""
        with self._mutex:
            return tuple(sorted({*self._pending, *self._presented}))

    def sweep(self) -> None:
        """There is never anything left."""

    def recover(self, name: CertificateName) -> Recovery:
        """Changes are whole here; only the live version may have to move to one that is sound."""
        pending = self.journal(name)
        with self._mutex:
            kept = self._lineages.get(name)
        now = self._clock.now()
        if kept is None or is_whole(kept.versions[kept.live], now=now):
            return Recovery(name, pending=pending)
        best = newest_whole(kept.versions, kept.versions.__getitem__, now=now)
        if best is None:
            return Recovery(name, pending=pending)
        self._keep(name, replace(kept, live=best))
        return Recovery(name, moved_to=best, pending=pending)

    def journal(self, name: CertificateName) -> PendingOrder | None:
        """The order that is under way for a lineage."""
        with self._mutex:
            return self._pending.get(name)

    def write_journal(self, name: CertificateName, pending: PendingOrder) -> None:
        """Remember an order that is under way."""
        with self._mutex:
            self._pending[name] = pending

    def drop_journal(self, name: CertificateName) -> None:
        """The order came to nothing, or is done."""
        with self._mutex:
            self._pending.pop(name, None)

    def presented(self, name: CertificateName) -> Presented | None:
        """What an order that no later run carries on has in place for the CA."""
        with self._mutex:
            return self._presented.get(name)

    def note_presented(self, presented: Presented) -> None:
        """Remember what will be put in place."""
        with self._mutex:
            self._presented[presented.name] = presented

    def forget_presented(self, name: CertificateName) -> None:
        """Nothing is in place any more."""
        with self._mutex:
            self._presented.pop(name, None)

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
        """Add a version and make it live.  Raises Unsound, BadCertificate, LineageExists, LineageMissing."""
        files = split_version(version)
        if new:
            self.reserve_check(name)
        before = None if new else self._kept(name)
        demand_sound(name, files, version.identifiers, now=self._clock.now())
        versions = {} if before is None else dict(before.versions)
        number = max(versions, default=0) + 1
        old_sections = {} if before is None else before.sections
        kept = _Kept(number, {**versions, number: files}, dict(parameters), _merged(old_sections, sections))
        with self._mutex:
            for hook in owed:
                self.owe_hook(hook)
            self._keep(name, kept)
            self._pending.pop(name, None)
        return self.load(name)

    def owed_hooks(self) -> tuple[OwedHook, ...]:
        """Hooks that have not ended well yet."""
        with self._mutex:
            return tuple(self._owed[key] for key in sorted(self._owed, key=str))

    def owes(self, owed: OwedHook) -> bool:
        """Whether the hook is owed still."""
        with self._mutex:
            return (owed.kind, owed.command, owed.name) in self._owed

    def owe_hook(self, owed: OwedHook) -> None:
        """Record a hook as owed, or one more failed attempt at it."""
        with self._mutex:
            self._owed[owed.kind, owed.command, owed.name] = owed

    def settle_hook(self, owed: OwedHook) -> None:
        """The hook is owed no longer."""
        with self._mutex:
            self._owed.pop((owed.kind, owed.command, owed.name), None)

    def relink(
        self, name: CertificateName, number: int, *, pinned: bool = False, owed: Sequence[OwedHook] = ()
    ) -> Lineage:
        """Make a version live; raises LineageBroken when it is not there, Unsound when not whole."""
        if not is_whole(self.read_version(name, number), now=self._clock.now()):
            raise Unsound(
                f"version {number} of {name} was not put to use: its key, certificate and chain do not match",
                remedy=f"choose another version, or renew {name}",
            )
        kept = self._kept(name)
        own = with_pin(kept.sections.get(OWN_SECTION, {}), number if pinned else None)
        if (kept.live, kept.sections.get(OWN_SECTION, {})) != (number, own):
            with self._mutex:
                for hook in owed:
                    self.owe_hook(hook)
                self._keep(
                    name, replace(kept, live=number, sections=_merged(kept.sections, {OWN_SECTION: own}))
                )
        return self.load(name)

    def save_parameters(
        self,
        name: CertificateName,
        *,
        parameters: Mapping[str, ParameterValue] | None = None,
        sections: Mapping[str, Mapping[str, ParameterValue]] | None = None,
    ) -> None:
        """Change the settings only; None leaves what is there."""
        kept = self._kept(name)
        chosen = kept.parameters if parameters is None else dict(parameters)
        self._keep(name, replace(kept, parameters=chosen, sections=_merged(kept.sections, sections or {})))

    def delete(self, name: CertificateName) -> tuple[str, ...]:
        """Remove a lineage; gives the paths it would have had.  Raises LineageMissing."""
        paths = self.deletion_paths(name)
        with self._mutex:
            self._lineages.pop(name, None)
            self._pending.pop(name, None)
            for key in [key for key in self._owed if key[2] == name]:
                del self._owed[key]
        return paths

    def deletion_paths(self, name: CertificateName) -> tuple[str, ...]:
        """The paths a lineage would have on a disk.  Raises LineageMissing."""
        lineage = self.load(name)
        links = (lineage.cert_path, lineage.privkey_path, lineage.chain_path, lineage.fullchain_path)
        return (lineage.conf_path, *links, lineage.live_dir, lineage.archive_dir)

    def rename_moves(self, name: CertificateName, new: CertificateName) -> tuple[tuple[str, str], ...]:
        """What would move where on a disk.  Raises LineageMissing, LineageExists."""
        lineage = self.load(name)
        self.reserve_check(new)
        return (
            (lineage.conf_path, f"{self._root}/renewal/{new}.conf"),
            (lineage.live_dir, f"{self._root}/live/{new}"),
            (lineage.archive_dir, f"{self._root}/archive/{new}"),
        )

    def rename(self, name: CertificateName, new: CertificateName) -> Lineage:
        """Raises LineageMissing, LineageExists."""
        self.rename_moves(name, new)
        with self._mutex:
            self._lineages[new] = self._lineages.pop(name)
            pending = self._pending.pop(name, None)
            if pending is not None:
                self._pending[new] = replace(pending, name=new)
            for hook in [each for each in self._owed.values() if each.name == name]:
                self.settle_hook(hook)
                self.owe_hook(replace(hook, name=new))
        return self.load(new)

    def prune(self, name: CertificateName, numbers: Collection[int]) -> tuple[str, ...]:
        """Remove these versions, but never the live one; gives paths as on a disk."""
        kept = self._kept(name)
        old = [number for number in sorted(kept.versions) if number in numbers and number != kept.live]
        self._keep(
            name, replace(kept, versions={n: files for n, files in kept.versions.items() if n not in old})
        )
        return tuple(f"{self._root}/archive/{name}/{kind}{number}.pem" for number in old for kind in _KINDS)

    def leftovers(self) -> tuple[str, ...]:
        """Nothing is left over here."""
        return ()

    def remove_leftovers(self, paths: Collection[str]) -> tuple[str, ...]:
        """Nothing is left over here."""
        return ()

    def _kept(self, name: CertificateName) -> _Kept:
        with self._mutex:
            kept = self._lineages.get(name)
        if kept is None:
            raise LineageMissing(name.value)
        return kept

    def _keep(self, name: CertificateName, kept: _Kept) -> None:
        with self._mutex:
            self._lineages[name] = kept

    def _lineage(self, name: CertificateName, kept: _Kept) -> Lineage:
        live_dir = f"{self._root}/live/{name}"
        paths = {kind: f"{live_dir}/{kind}.pem" for kind in _KINDS}
        archive_dir = f"{self._root}/archive/{name}"
        versions = tuple(sorted(kept.versions))
        pinned = pinned_version(kept.sections, live=kept.live) is not None
        decisive = kept.live if pinned else versions[-1]
        return Lineage(
            name=name,
            conf_path=f"{self._root}/renewal/{name}.conf",
            live_dir=live_dir,
            archive_dir=archive_dir,
            cert_path=paths["cert"],
            privkey_path=paths["privkey"],
            chain_path=paths["chain"],
            fullchain_path=paths["fullchain"],
            live=kept.live,
            versions=versions,
            latest=versions[-1],
            certificate=read_certificate(kept.versions[decisive].cert_pem),
            parameters=kept.parameters,
            header={"version": CERTBOT_LEVEL, "archive_dir": archive_dir, **paths},
            sections=kept.sections,
            pinned=pinned,
        )


class MemoryAccounts:
    """Implements the ``AccountStore`` port."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._accounts: dict[tuple[str, str], StoredAccount] = {}
        self._begun: dict[tuple[str, str], PrivateKey] = {}
        self._locks: dict[str, threading.Lock] = {}

    def accounts(self, server: str) -> Sequence[StoredAccount]:
        """The accounts at a CA, by id."""
        with self._mutex:
            return [self._accounts[key] for key in sorted(self._accounts) if key[0] == server]

    def begun(self, server: str) -> Sequence[PrivateKey]:
        """Keys whose registration has not come to its end."""
        with self._mutex:
            return [self._begun[key] for key in sorted(self._begun) if key[0] == server]

    def begin(self, server: str, key: PrivateKey) -> None:
        """Keep a key that is about to be registered."""
        with self._mutex:
            self._begun[server, account_id(key)] = key

    def give_up(self, server: str, key: PrivateKey) -> None:
        """Forget a key that was not registered."""
        with self._mutex:
            self._begun.pop((server, account_id(key)), None)

    @contextmanager
    def lock(self, server: str, *, wait: float) -> Iterator[None]:
        """Whoever holds it may register at ``server``.  Raises Busy after ``wait`` seconds."""
        with self._mutex:
            lock = self._locks.setdefault(server, threading.Lock())
        with _held(lock, f"the accounts at {server}", wait):
            yield

    def save(self, server: str, key: PrivateKey, url: str, *, created: datetime, host: str) -> StoredAccount:
        """Keep an account; saving a known key again renews its address."""
        identifier = account_id(key)
        with self._mutex:
            known = self._accounts.get((server, identifier))
            account = StoredAccount(
                id=identifier,
                server=server,
                key=key,
                url=url,
                directory=f"/memory/accounts/{identifier}",
                created=known.created if known else created,
                host=known.host if known else host,
            )
            self._accounts[server, identifier] = account
            self._begun.pop((server, identifier), None)
        return account

    def delete(self, server: str, account_id: str) -> None:
        """Raises StoreUnusable when there is no such account."""
        with self._mutex:
            if self._accounts.pop((server, account_id), None) is None:
                raise StoreUnusable(
                    f"no account {account_id} is kept for {server}",
                    remedy="see the accounts with `show_account`",
                )


@contextmanager
def _held(lock: threading.Lock, what: str, wait: float) -> Iterator[None]:
    if not lock.acquire(timeout=wait):
        raise Busy(
            f"another run is at work on {what}", remedy="wait until it has ended and run the command again"
        )
    try:
        yield
    finally:
        lock.release()


def _merged(
    old: Mapping[str, Mapping[str, ParameterValue]], new: Mapping[str, Mapping[str, ParameterValue]]
) -> dict[str, Mapping[str, ParameterValue]]:
    """Each new section replaces the one of its name; an empty one removes it."""
    return {name: content for name, content in {**old, **new}.items() if content}
