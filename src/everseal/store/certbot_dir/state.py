"""Everseal's own state in ``CONFIG/.everseal`` (0700): journals, pending keys, owed hooks, memories.

Every file is written whole and durable with mode 0600.  Losing the folder loses no certificate.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from everseal.model.errors import StoreUnusable
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook, PendingOrder, Presented
from everseal.store.certbot_dir import changes, directories, journals, records
from everseal.store.certbot_dir.journals import CHANGES, HOOKS, PENDING, PRESENTED, RESTORING, SUFFIX
from everseal.store.certbot_dir.machine_secret import SECRET_SIZE, known_secret, secret_path
from everseal.store.certbot_dir.setbacks import decode_setback, encode_setback
from everseal.system.files import (
    is_temporary_of,
    make_directory,
    read_file,
    remove_file,
    sweep_stale,
    write_file,
)

if TYPE_CHECKING:
    from everseal.model.clock import Random
    from everseal.planning.setback import Setback

T = TypeVar("T")
_SETBACKS: Final = "setbacks"
_BINDINGS: Final = "bindings"
_LOCKS: Final = "locks"
_ACCOUNT_LOCKS: Final = "account-locks"
_PORT_LOCKS: Final = "port-locks"
_HOOKS_LOCK: Final = "post-hooks.lock"
_RESTORE_LOCK: Final = "restore.lock"


class State:
    """Typed access to the folder; writers hold the lineage's lock."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def pending(self, name: CertificateName) -> PendingOrder | None:
        """The order under way for a lineage.  Raises StoreUnusable when its journal is not ours."""
        return self._read(self._path(PENDING, name.value), records.decode_pending)

    def write_pending(self, pending: PendingOrder) -> None:
        self._write(self._path(PENDING, pending.name.value), records.encode_pending(pending))

    def drop_pending(self, name: CertificateName) -> None:
        self._drop(self._path(PENDING, name.value))

    def presented(self, name: CertificateName) -> Presented | None:
        """What is in place for an order that no later run carries on.  Raises StoreUnusable."""
        return self._read(self._path(PRESENTED, name.value), records.decode_presented)

    def note_presented(self, presented: Presented) -> None:
        self._write(self._path(PRESENTED, presented.name.value), records.encode_presented(presented))

    def forget_presented(self, name: CertificateName) -> None:
        self._drop(self._path(PRESENTED, name.value))

    def change(self, name: CertificateName) -> changes.Change | None:
        """The unfinished change of a lineage.  Raises StoreUnusable when its journal is not ours."""
        return self._read(self._path(CHANGES, name.value), changes.decode_change)

    def write_change(self, change: changes.Change) -> None:
        self._write(self._path(CHANGES, change.name.value), changes.encode_change(change))

    def drop_change(self, name: CertificateName) -> None:
        self._drop(self._path(CHANGES, name.value))

    def open_journals(self) -> tuple[CertificateName, ...]:
        """The names with a pending order, an unfinished change or something in place for a CA."""
        entries = {entry for kind in (PENDING, CHANGES, PRESENTED) for entry in self._entries(kind)}
        return tuple(CertificateName(entry) for entry in sorted(entries))

    def owed_hooks(self) -> tuple[OwedHook, ...]:
        """Every hook that has not ended well yet, by kind, lineage and command."""
        paths = [self._path(HOOKS, entry) for entry in self._entries(HOOKS)]
        found = [self._read(path, records.decode_owed) for path in paths]
        owed = [hook for hook in found if hook is not None]
        return tuple(sorted(owed, key=lambda hook: (hook.kind, str(hook.name or ""), hook.command)))

    def owes(self, owed: OwedHook) -> bool:
        """Whether the hook is on record."""
        return os.path.lexists(self._path(HOOKS, _hook_id(owed)))

    def owe_hook(self, owed: OwedHook) -> None:
        """Record a hook, or a new count of its attempts."""
        self._write(self._path(HOOKS, _hook_id(owed)), records.encode_owed(owed))

    def settle_hook(self, owed: OwedHook) -> None:
        """The hook ended well, or nobody wants it any more."""
        self._drop(self._path(HOOKS, _hook_id(owed)))

    def setback(self, name: CertificateName) -> Setback | None:
        """How often orders for a lineage failed; a record that is not ours counts as none."""
        try:
            return self._read(self._path(_SETBACKS, name.value), decode_setback)
        except StoreUnusable:
            return None

    def setbacks(self) -> dict[CertificateName, Setback]:
        """Every record of failed orders."""
        names = [CertificateName(entry) for entry in self._entries(_SETBACKS)]
        found = {name: self.setback(name) for name in names}
        return {name: setback for name, setback in found.items() if setback is not None}

    def note_setback(self, name: CertificateName, setback: Setback) -> None:
        self._write(self._path(_SETBACKS, name.value), encode_setback(setback))

    def forget_setback(self, name: CertificateName) -> None:
        self._drop(self._path(_SETBACKS, name.value))

    def note_restoring(self, path: str, since: datetime) -> None:
        """A backup is about to be brought back: on record until all of it has been."""
        self._write(os.path.join(self._folder, RESTORING), records.encode_restoring(path, since))

    def restoring(self) -> tuple[str, datetime] | None:
        """The backup that was not brought back to its end, and when that began.  Raises StoreUnusable."""
        return self._read(os.path.join(self._folder, RESTORING), records.decode_restoring)

    def forget_restoring(self) -> None:
        self._drop(os.path.join(self._folder, RESTORING))

    def sweep(self, name: CertificateName) -> None:
        """Remove what a killed writer left beside this lineage's journals."""
        for kind in (PENDING, CHANGES, PRESENTED):
            folder = os.path.join(self._folder, kind)
            for entry in journals.listing(folder):
                if is_temporary_of(entry, name.value + SUFFIX):
                    remove_file(os.path.join(folder, entry))

    def sweep_stale(self, *, before: float) -> None:
        """Remove old temporary files from the folders that all lineages share."""
        below = [os.path.join(self._folder, kind) for kind in (HOOKS, directories.FOLDER)]
        for folder in (self._folder, *below):
            sweep_stale(folder, before=before)

    def remembered_directory(self, server: str, now: datetime) -> Mapping[str, object] | None:
        """A CA's directory object as fetched less than a day ago."""
        return directories.remembered_directory(self._folder, server, now)

    def last_directory(self, server: str) -> tuple[Mapping[str, object], datetime] | None:
        """A CA's directory object as it was fetched last, and when."""
        return directories.last_directory(self._folder, server)

    def remember_directory(self, server: str, directory: Mapping[str, object], now: datetime) -> None:
        """Keep a CA's directory object for other runs."""
        path = directories.directory_path(self._folder, server)
        self._write(path, directories.directory_record(server, directory, now))

    def binding(self, server: str) -> tuple[str, str, str] | None:
        """Key identifier, key and algorithm for an account that is yet to be opened at a CA."""
        try:
            found = json.loads(read_file(self._path(_BINDINGS, directories.digest(server))))
            kept = (found["kid"], found["key"], found["alg"]) if found["server"] == server else None
        except (OSError, ValueError, TypeError, KeyError, StoreUnusable):
            return None
        return kept if kept is not None and all(isinstance(each, str) for each in kept) else None

    def keep_binding(self, server: str, kid: str, key: str, alg: str) -> None:
        """Keep it until the account is open."""
        record = {"server": server, "kid": kid, "key": key, "alg": alg}
        self._write(self._path(_BINDINGS, directories.digest(server)), json.dumps(record).encode("ascii"))

    def forget_binding(self, server: str) -> None:
        self._drop(self._path(_BINDINGS, directories.digest(server)))

    def secret(self, random: Random) -> bytes:
        """32 octets of this machine's own, made at first use: they spread its renewals within ARI windows."""
        path = secret_path(self._folder)
        for _ in range(2):
            try:
                found = read_file(path)
            except FileNotFoundError:
                found = b""
            if len(found) == SECRET_SIZE:
                return found
            self._make_folder(self._folder)
            try:
                write_file(path, random.token(SECRET_SIZE), mode=0o600, exclusive=not found)
            except FileExistsError:
                continue
        return read_file(path)

    def known_secret(self) -> bytes:
        """The same as far as it has been made, empty before."""
        return known_secret(self._folder)

    def lock_path(self, name: CertificateName) -> str:
        """The lineage's lock file, in a folder that exists afterwards."""
        folder = os.path.join(self._folder, _LOCKS)
        self._make_folder(folder)
        return os.path.join(folder, f"{name}.lock")

    def hooks_lock_path(self) -> str:
        """The lock file of the runs that may owe post hooks, in a folder that exists afterwards."""
        self._make_folder(self._folder)
        return os.path.join(self._folder, _HOOKS_LOCK)

    def port_lock_path(self, port: int) -> str:
        """The lock file of the run that listens on a port, in a folder that exists afterwards."""
        folder = os.path.join(self._folder, _PORT_LOCKS)
        self._make_folder(folder)
        return os.path.join(folder, f"{port}.lock")

    def restore_lock_path(self) -> str:
        """The lock file of the run that brings back a backup, in a folder that exists afterwards."""
        self._make_folder(self._folder)
        return os.path.join(self._folder, _RESTORE_LOCK)

    def account_lock_path(self, place: str) -> str:
        """The lock file of a CA's accounts, in a folder that exists afterwards."""
        folder = os.path.join(self._folder, _ACCOUNT_LOCKS)
        self._make_folder(folder)
        return os.path.join(folder, f"{directories.digest(place)}.lock")

    def _path(self, kind: str, stem: str) -> str:
        return os.path.join(self._folder, kind, stem + SUFFIX)

    def _entries(self, kind: str) -> list[str]:
        return journals.entries(self._folder, kind)

    def _read(self, path: str, decode: Callable[[bytes], T]) -> T | None:
        try:
            return decode(read_file(path))
        except FileNotFoundError:
            return None
        except records.BadRecord as error:
            raise StoreUnusable(
                f"the journal {path} cannot be understood: {error}",
                remedy="move it away, and run the same command again",
            ) from None

    def _write(self, path: str, data: bytes) -> None:
        self._make_folder(os.path.dirname(path))
        write_file(path, data, mode=0o600)

    def _drop(self, path: str) -> None:
        if os.path.isdir(os.path.dirname(path)):
            remove_file(path)

    def _make_folder(self, folder: str) -> None:
        if os.path.isdir(folder):
            return
        make_directory(os.path.dirname(self._folder), 0o755, parents=True)
        make_directory(self._folder, 0o700)
        make_directory(folder, 0o700)


def _hook_id(owed: OwedHook) -> str:
    return directories.digest("\0".join((owed.kind, str(owed.name or ""), owed.command)))
