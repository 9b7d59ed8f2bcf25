"""The ledger of limits, opened when it is first needed, and the limits of the CAs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final
from zlib import crc32

from everseal.model.errors import OperatorError, StoreUnusable
from everseal.model.events import Warned
from everseal.planning.ca_limits import LONGEST_MEMORY, read_ca_limits
from everseal.store.certbot_dir.run_lock import settled_before
from everseal.store.certbot_dir.stamps import changed_ns
from everseal.system.files import explained, read_file
from everseal.system.public_suffixes import PublicSuffixes

if TYPE_CHECKING:
    from types import TracebackType

    from everseal.planning.limits import CaLimits
    from everseal.planning.tally import CaStanding
    from everseal.store.certbot_dir.accounts import CertbotAccounts
    from everseal.store.certbot_dir.layout import Layout
    from everseal.store.certbot_dir.recent import RecentCertificate, RecentFolder
    from everseal.store.ledger.database import Database
    from everseal.store.ledger.ledger import FoundCertificate, Ledger
    from everseal.wiring.surroundings import Surroundings

_SHIPPED: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "limits")
_OWN: Final = "limits"


class NoSuchLimits(OperatorError):
    """Neither a name of shipped limits nor a file."""

    def __init__(self, name: str) -> None:
        names = ", ".join(os.path.basename(path).removesuffix(".json") for path in _files(_SHIPPED))
        super().__init__(
            f"there are no limits called {name}, and no such file",
            remedy=f"give one of {names}, or the path of a file of limits",
        )


class LimitDesk:
    """Opens the ledger when it is first wanted: before that nothing is read or made."""

    def __init__(self, layout: Layout, surroundings: Surroundings, accounts: CertbotAccounts) -> None:
        self._layout = layout
        self._surroundings = surroundings
        self._accounts = accounts
        self._suffixes = PublicSuffixes()
        self._lock = threading.Lock()
        self._opened: Ledger | None = None
        self._found: tuple[RecentFolder, ...] | None = None

    @cached_property
    def known(self) -> Mapping[str, CaLimits]:
        """Limits by directory URL; an operator's file counts for more than a shipped one.

        Raises BadLimits, StoreUnusable.
        """
        own = os.path.join(self._layout.config_dir, _OWN)
        read = [_read(path) for folder in (_SHIPPED, own) for path in _files(folder)]
        return {url: limits for limits in read for url in limits.directories}

    @cached_property
    def _reach(self) -> int:
        """Differs where other certificates are to be looked for, since the CAs' limits differ."""
        reaches = sorted((url, limits.memory.total_seconds()) for url, limits in self.known.items())
        return crc32(repr(reaches).encode("utf-8", "surrogateescape"))

    def _note_found(self, ledger: Ledger, *, now: datetime, keeps: bool) -> None:
        """Count the certificates on disk that a limit may still count, and that nobody has counted.

        With ``keeps`` the archives that were looked through are not looked through again before they change.
        """
        from everseal.store.certbot_dir.recent import recent_folders

        if self._found is None:
            memory = max((limits.memory for limits in self.known.values()), default=LONGEST_MEMORY)
            known = ledger.counted_folders(self._reach)
            self._found = tuple(recent_folders(self._layout, now - memory, known=known))
        certificates = self._attributed(one for folder in self._found for one in folder.certificates)
        folders = self._settled(self._found) if keeps else None
        ledger.note_found(certificates, now=now, folders=folders, reach=self._reach)

    def _settled(self, found: Iterable[RecentFolder]) -> Mapping[bytes, bytes]:
        """Those that will not change unseen."""
        try:
            settled = settled_before(self._layout.config_dir)
        except OSError:
            return {}
        return {each.name: each.stamp for each in found if changed_ns(each.stamp) < settled}

    def __enter__(self) -> LimitDesk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What was opened is closed; it opens again when it is needed."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def durable(self) -> Ledger:
        """The ledger on disk; one in memory for this run where that cannot be had."""
        with self._lock:
            if self._opened is None:
                self._opened, now = self._ledger(self._database()), self._surroundings.clock.now()
                self._note_found(self._opened, now=now, keeps=True)
            return self._opened

    def snapshot(self, *, now: datetime) -> Ledger:
        """A copy of what is known, to try things out on; nothing is written."""
        from everseal.store.ledger.database import Database

        ledger = self._ledger(Database.snapshot(self._layout.state_dir))
        self._note_found(ledger, now=now, keeps=False)
        return ledger

    def standings(self, *, now: datetime) -> tuple[CaStanding, ...]:
        """Everything that is known, CA by CA; nothing is written.  Raises BadLimits."""
        with closing(self.snapshot(now=now)) as ledger:
            return ledger.standings(now=now)

    def _database(self) -> Database:
        from everseal.store.ledger.database import Database, LedgerUnusable

        try:
            return Database.durable(self._layout.state_dir)
        except (LedgerUnusable, StoreUnusable) as error:
            self._warn(f"the ledger of limits cannot be kept: {error}")
            return Database.snapshot(self._layout.state_dir)

    def _ledger(self, database: Database) -> Ledger:
        from everseal.store.ledger.ledger import Ledger

        return Ledger(database, limits_of=self.known.get, domains_of=self._suffixes.domains, warn=self._warn)

    def _warn(self, message: str) -> None:
        self._surroundings.emit(Warned(message))

    def _attributed(self, found: Iterable[RecentCertificate]) -> Iterator[FoundCertificate]:
        from everseal.store.ledger.ledger import FoundCertificate

        urls: dict[str, Mapping[str, str]] = {}
        for each in found:
            if each.server not in urls:
                urls[each.server] = self._urls(each.server)
            account = urls[each.server].get(each.account, "")
            yield FoundCertificate(each.server, account, each.facts, each.previous)

    def _urls(self, server: str) -> Mapping[str, str]:
        """The URLs of the accounts at a CA, by their ids."""
        with suppress(OperatorError):
            return {each.id: each.url for each in self._accounts.accounts(server)}
        return {}


def limits_called(name: str) -> CaLimits:
    """Those that are shipped under a name, or those in a file.

    Raises BadLimits, NoSuchLimits, StoreUnusable.
    """
    shipped = os.path.join(_SHIPPED, f"{name}.json")
    path = shipped if os.sep not in name and os.path.isfile(shipped) else name
    if not os.path.isfile(path):
        raise NoSuchLimits(name)
    return _read(path)


def _files(folder: str) -> Sequence[str]:
    with explained("read the directory", folder):
        try:
            names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
        except FileNotFoundError:
            return ()
    return [os.path.join(folder, name) for name in names]


def _read(path: str) -> CaLimits:
    try:
        return read_ca_limits(read_file(path, limit=1024 * 1024, streams=True), path=path)
    except FileNotFoundError:
        raise StoreUnusable(f"{path} vanished while it was read", remedy="run the command again") from None
