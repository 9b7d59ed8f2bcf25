"""ACME accounts as Certbot keeps them: ``accounts/<server>/<id>/{private_key,regr,meta}.json``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from everseal.model.account import StoredAccount, UnreadableAccount, account_id
from everseal.model.errors import BadKey, Busy, OperatorError, StoreUnusable, UsageError
from everseal.store.certbot_dir.layout import Layout
from everseal.store.certbot_dir.stamps import stamp_of
from everseal.store.certbot_dir.state import State
from everseal.system.files import (
    explained,
    fsync_directory,
    make_directory,
    read_file,
    remove_file,
    temporary_base,
    write_file,
)
from everseal.system.locks import Lock, lock_file

if TYPE_CHECKING:
    from everseal.model.clock import Clock
    from everseal.model.private_key import PrivateKey

_KEY: Final = "private_key.json"
_REGISTRATION: Final = "regr.json"
_META: Final = "meta.json"
_LIMIT: Final = 256 * 1024
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
# Let's Encrypt kept its accounts when it moved from ACME v1 to v2.
_PREDECESSORS: Final = {
    "acme-v02.api.letsencrypt.org/directory": "acme-v01.api.letsencrypt.org/directory",
    "acme-staging-v02.api.letsencrypt.org/directory": "acme-staging.api.letsencrypt.org/directory",
}


def server_path(server: str) -> str:
    """The folder of a CA below ``accounts/``: network location and path of its directory URL.

    Raises UsageError for a URL from which no safe path can be made.
    """
    try:
        parts = urlsplit(server)
        path = (parts.netloc + parts.path).rstrip("/")
    except ValueError:
        path = ""
    segments = path.split("/")
    if not all(_is_safe(segment) for segment in segments):
        raise UsageError(
            f"no folder for accounts can be named after {server!r}",
            remedy="give --server the https address of an ACME directory",
        )
    return os.path.join(*segments)


class CertbotAccounts:
    """Implements the ``AccountStore`` port on ``CONFIG/accounts``."""

    def __init__(self, config_dir: str, *, clock: Clock) -> None:
        layout = Layout(os.path.abspath(config_dir))
        self._root = layout.accounts_root
        self._state = State(layout.state_dir)
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[bytes, StoredAccount]] = {}

    def accounts(self, server: str) -> Sequence[StoredAccount]:
        """The usable accounts at a CA, by id.  Raises UsageError, StoreUnusable."""
        return [found for found in self.examine(server) if isinstance(found, StoredAccount)]

    def examine(self, server: str) -> Sequence[StoredAccount | UnreadableAccount]:
        """Every account at a CA, those that cannot be used with the reason.

        Accounts of Let's Encrypt's ACME v1 address count where its v2 address has none.
        """
        place = server_path(server)
        found = self._examine(place, server)
        older = _PREDECESSORS.get(place)
        if older is not None and not any(isinstance(account, StoredAccount) for account in found):
            return [*found, *self._examine(older, server)]
        return found

    def ids(self, server: str) -> Sequence[str]:
        """The ids of the accounts at a CA, without looking into them.  Raises UsageError."""
        place = server_path(server)
        found: set[str] = set()
        for each in (place, _PREDECESSORS.get(place, place)):
            folder = os.path.join(self._root, each)
            with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
                found.update(entry.name for entry in entries if entry.is_dir())
        return sorted(found)

    def servers(self) -> Sequence[str]:
        """The folders below ``accounts/`` that hold accounts, as ``host/path``."""
        places = []
        for folder, inner, _files in os.walk(self._root, followlinks=False):
            if any(os.path.isfile(os.path.join(folder, name, _KEY)) for name in inner):
                places.append(os.path.relpath(folder, self._root))
        return sorted(places)

    def place(self, server: str) -> str:
        """The folder of the accounts at a CA, there or not.  Raises UsageError."""
        return os.path.join(self._root, server_path(server))

    def lock(self, server: str, *, wait: float) -> Lock:
        """Exclusive, between processes and threads: whoever holds it may register at ``server``.

        Raises Busy after ``wait`` seconds, StoreUnusable.
        """
        busy = Busy(
            f"another run is at work on the accounts at {server}",
            remedy="wait until it has ended and run the command again",
        )
        path = self._state.account_lock_path(server_path(server))
        return lock_file(path, clock=self._clock, wait=wait, busy=busy)

    def begun(self, server: str) -> Sequence[PrivateKey]:
        """The keys of accounts that are kept without their address, by id.

        What writers that were killed left is removed on the way, so the lock has to be held.
        """
        found = []
        for folder in self._folders(server_path(server)):
            if not os.path.islink(folder) and _sweep(folder):
                continue
            try:
                _load(folder, server)
            except StoreUnusable:
                with suppress(StoreUnusable):
                    found.append(_load_key(folder))
        return found

    def begin(self, server: str, key: PrivateKey) -> None:
        """Keep a key that is about to be registered.  Raises UsageError, StoreUnusable."""
        folder = os.path.join(self._root, server_path(server), account_id(key))
        make_directory(os.path.dirname(self._root), 0o755, parents=True)
        make_directory(folder, 0o700, parents=True)
        _write_once(os.path.join(folder, _KEY), key.to_jwk(), mode=0o400)

    def give_up(self, server: str, key: PrivateKey) -> None:
        """Forget a key that was not registered.  Raises StoreUnusable."""
        self.delete(server, account_id(key))

    def save(self, server: str, key: PrivateKey, url: str, *, created: datetime, host: str) -> StoredAccount:
        """Keep an account; saving a known key again renews its registration and leaves key and meta.

        Raises UsageError, StoreUnusable.
        """
        place = server_path(server)
        identifier = account_id(key)
        self._continue_predecessor(place, identifier)
        self.begin(server, key)
        folder = os.path.join(self._root, place, identifier)
        meta = {"creation_dt": created.astimezone(UTC).strftime(_TIME), "creation_host": host}
        _write_once(os.path.join(folder, _META), meta, mode=0o644)
        write_file(os.path.join(folder, _REGISTRATION), _json({"body": {}, "uri": url}), mode=0o644)
        return _load(folder, server)

    def replace_key(self, server: str, old: StoredAccount, key: PrivateKey) -> StoredAccount:
        """Keep an account under its new key after a roll-over, then forget the old key.

        Interrupted between the two, both are there; the CA knows the new one.
        """
        created = old.created or datetime.fromtimestamp(0, UTC)
        new = self.save(server, key, old.url, created=created, host=old.host or "")
        if new.id != old.id:
            self.delete(server, old.id)
        return new

    def delete(self, server: str, account_id: str) -> None:
        """Remove an account, and the CA's folder with the last one.  Raises StoreUnusable."""
        folder = self._find(server, account_id)
        real = os.path.realpath(folder)
        if os.path.islink(folder):
            remove_file(folder)
        _remove_account(real)
        self._remove_empty(os.path.dirname(real))

    def _find(self, server: str, account_id: str) -> str:
        """The folder of an account, perhaps under the CA's former address."""
        place = server_path(server)
        for candidate in (place, _PREDECESSORS.get(place, place)):
            folder = os.path.join(self._root, candidate, account_id)
            if _ID.match(account_id) and os.path.isdir(folder):
                return folder
        raise StoreUnusable(
            f"no account {account_id} is kept for {server}", remedy="see the accounts with `show_account`"
        )

    def _examine(self, place: str, server: str) -> list[StoredAccount | UnreadableAccount]:
        found: list[StoredAccount | UnreadableAccount] = []
        for path in self._folders(place):
            try:
                found.append(self._remembered(path, server))
            except OperatorError as error:
                found.append(UnreadableAccount(os.path.basename(path), path, error.message))
        return found

    def _remembered(self, folder: str, server: str) -> StoredAccount:
        """As it was read last, unless its files have changed: each of a thousand orders asks for it twice."""
        stamps = stamp_of(os.path.join(folder, each) for each in (_KEY, _REGISTRATION, _META))
        known = self._known.get((folder, server))
        if known is None or not stamps or known[0] != stamps:
            known = self._known[folder, server] = stamps, _load(folder, server)
        return known[1]

    def _folders(self, place: str) -> list[str]:
        """The folders of the accounts at a CA."""
        folder = os.path.join(self._root, place)
        with explained("read the directory", folder):
            try:
                entries = sorted(os.listdir(folder))
            except (FileNotFoundError, NotADirectoryError):
                return []
        paths = (os.path.join(folder, entry) for entry in entries)
        return [path for path in paths if os.path.isdir(path)]

    def _continue_predecessor(self, place: str, identifier: str) -> None:
        """Where the account is kept under the CA's former address, link to it, as Certbot does.

        The link is the CA's folder, or the account's where other accounts are in that already.
        """
        older = _PREDECESSORS.get(place)
        link = os.path.join(self._root, place)
        if older is None or not os.path.isdir(os.path.join(self._root, older, identifier)):
            return
        target = os.path.join(self._root, older)
        with explained("link", link):
            make_directory(os.path.dirname(link), 0o700, parents=True)
            with suppress(OSError):
                os.rmdir(link)
            if os.path.isdir(link):
                link, target = os.path.join(link, identifier), os.path.join(target, identifier)
            if not os.path.lexists(link):
                os.symlink(target, link)
        fsync_directory(os.path.dirname(link))

    def _remove_empty(self, folder: str) -> None:
        """Remove a CA's folder without accounts, and the links of its later addresses to it."""
        if os.listdir(folder):
            return
        for place in _PREDECESSORS:
            link = os.path.join(self._root, place)
            if os.path.islink(link) and os.path.realpath(link) == os.path.realpath(folder):
                remove_file(link)
        with explained("remove", folder):
            os.rmdir(folder)
        fsync_directory(os.path.dirname(folder))


def _load(folder: str, server: str) -> StoredAccount:
    """Raises StoreUnusable with what is wrong."""
    key = _load_key(folder)
    url = _read(os.path.join(folder, _REGISTRATION)).get("uri")
    if not isinstance(url, str) or not url:
        path = os.path.join(folder, _REGISTRATION)
        raise StoreUnusable(f"{path} does not say the account's address", remedy=_remedy(folder))
    created, host = _meta(os.path.join(folder, _META))
    return StoredAccount(
        id=os.path.basename(folder),
        server=server,
        key=key,
        url=url,
        directory=folder,
        created=created,
        host=host,
    )


def _load_key(folder: str) -> PrivateKey:
    """Raises StoreUnusable with what is wrong."""
    from everseal.model.private_key import PrivateKey

    path = os.path.join(folder, _KEY)
    try:
        return PrivateKey.from_jwk(_read(path))
    except BadKey as error:
        raise StoreUnusable(f"{path}: {error.message}", remedy=_remedy(folder)) from None


def _meta(path: str) -> tuple[datetime | None, str | None]:
    """When and where an account was made; an account without it is as good."""
    try:
        meta = _read(path)
    except StoreUnusable:
        return None, None
    host, moment = meta.get("creation_host"), meta.get("creation_dt")
    created = None
    if isinstance(moment, str):
        with suppress(ValueError):
            created = datetime.fromisoformat(moment).astimezone(UTC)
    return created, host if isinstance(host, str) else None


def _read(path: str) -> Mapping[str, object]:
    try:
        value = json.loads(read_file(path, limit=_LIMIT))
    except FileNotFoundError:
        raise StoreUnusable(f"{path} is missing", remedy=_remedy(os.path.dirname(path))) from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise StoreUnusable(f"{path} is not a JSON object", remedy=_remedy(os.path.dirname(path)))
    return value


def _remedy(folder: str) -> str:
    return f"put {folder} back from a backup, or move it away and register anew"


def _write_once(path: str, value: Mapping[str, object], *, mode: int) -> None:
    """Whoever was first stays."""
    if not os.path.lexists(path):
        with suppress(FileExistsError):
            write_file(path, _json(value), mode=mode, exclusive=True)


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode("ascii")


def _is_safe(segment: str) -> bool:
    return segment not in {"", ".", ".."} and "\\" not in segment and segment.isprintable()


def _sweep(folder: str) -> bool:
    """Remove temporary files, and the folder where nothing else is in it; says whether it is gone."""
    with explained("clean", folder):
        entries = os.listdir(folder)
        for entry in entries:
            if temporary_base(entry) is not None:
                os.unlink(os.path.join(folder, entry))
        try:
            os.rmdir(folder)
        except OSError:
            return False
    fsync_directory(os.path.dirname(folder))
    return True


def _remove_account(folder: str) -> None:
    """The key first: without it the rest is no account."""
    with explained("remove", folder):
        for name in sorted(os.listdir(folder), key=lambda entry: entry != _KEY):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    fsync_directory(os.path.dirname(folder))
