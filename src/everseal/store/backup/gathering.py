"""What belongs into a backup, read so that each lineage is consistent in itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from everseal.model.backup import Entry
from everseal.model.errors import LineageBroken, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.settings.renewal_file import RenewalDocument
from everseal.store.backup.tarball import TarBody, digest
from everseal.store.certbot_dir.layout import KINDS, numbered
from everseal.store.certbot_dir.records import BadRecord, decode_owed
from everseal.system.files import explained, read_file, temporary_base

if TYPE_CHECKING:
    from everseal.model.lineage import Lineage
    from everseal.store.certbot_dir.store import CertbotStore

_PATIENCE: Final = 60.0
_PLACES: Final = ("archive", "live", "accounts", "renewal", ".everseal")
_PERMISSIONS: Final = 0o777
_CONFIGURATION: Final = (
    "cli.ini",
    "options-ssl-*.conf",
    "ssl-dhparams.pem",
    ".updated-*-digest.txt",
    ".pluginstorage.json",
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that could not be taken, and why."""

    path: str
    why: str


@dataclass(slots=True)
class Gathering:
    """Collects entries into a body; one that is offered twice counts once."""

    store: CertbotStore
    users: Mapping[int, str]
    groups: Mapping[int, str]
    body: TarBody = field(default_factory=TarBody)
    entries: dict[str, Entry] = field(default_factory=dict)
    lineages: dict[str, int] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def gather(self, names: Collection[CertificateName]) -> None:
        """These lineages with what they use, or without names everything there is.

        Raises LineageMissing for a name that is not there, Busy, StoreUnusable.
        """
        accounts: set[str] = set()
        for root in ("archive", "live", "renewal"):
            self._item(root, self._path(root))
        for name in names or self.store.names():
            with self.store.lock(name, wait=_PATIENCE):
                try:
                    lineage = self._sound(name)
                except LineageBroken as error:
                    self.left_out.append(LeftOut(self.store.layout.conf(name), error.message))
                    continue
                self._lineage(lineage)
            account = lineage.parameters.get("account")
            accounts.update({account} if isinstance(account, str) else ())
        self._accounts(accounts if names else None)
        self._owed({name.value for name in names})
        self._tree("renewal-hooks", self._path("renewal-hooks"))
        self._configuration()

    def _sound(self, name: CertificateName) -> Lineage:
        if self.store.state.change(name) is not None:
            why = "an interrupted run has left a change unfinished"
            raise LineageBroken(name.value, why, remedy="run `renew`, which finishes it, and back up again")
        return self.store.load(name)

    def _lineage(self, lineage: Lineage) -> None:
        name = lineage.name.value
        self._item(f"archive/{name}", lineage.archive_dir)
        for entry in _names(lineage.archive_dir):
            if numbered(entry) is not None:
                self._item(f"archive/{name}/{entry}", os.path.join(lineage.archive_dir, entry))
        self._item(f"live/{name}", lineage.live_dir)
        links = dict(
            zip(
                KINDS,
                (lineage.privkey_path, lineage.cert_path, lineage.chain_path, lineage.fullchain_path),
                strict=True,
            )
        )
        for kind, path in links.items():
            target = f"../../archive/{name}/{kind}{lineage.live}.pem"
            self._add(self._described(f"live/{name}/{kind}.pem", os.lstat(path), target=target))
        for entry in _names(lineage.live_dir):
            path = os.path.join(lineage.live_dir, entry)
            if path not in links.values() and not os.path.isdir(path):
                self._item(f"live/{name}/{entry}", path)
        self._item("live/README", self._path("live", "README"))
        self._item(f".everseal/pending/{name}.json", self._path(".everseal", "pending", f"{name}.json"))
        self._item(f"renewal/{name}.conf", lineage.conf_path)
        self._mentioned(lineage)
        self.lineages[name] = lineage.live

    def _mentioned(self, lineage: Lineage) -> None:
        """Files below the configuration directory that renewing needs, such as a DNS provider's login."""
        document = RenewalDocument.decode(read_file(lineage.conf_path), path=lineage.conf_path)
        places = tuple(self._path(part, "") for part in _PLACES)
        for value in document.section("renewalparams").values():
            if not isinstance(value, str) or not value.startswith(self._path("")) or value.startswith(places):
                continue
            path = os.path.normpath(value)
            if path.startswith(self._path("")) and os.path.isfile(path):
                self._item(os.path.relpath(path, self.store.layout.config_dir), path)

    def _accounts(self, wanted: Collection[str] | None) -> None:
        """Every account, or those with these identifiers."""
        if wanted is None:
            self._tree("accounts", self._path("accounts"))
            return
        for folder, folders, _files in os.walk(self._path("accounts")):
            for found in sorted(set(wanted).intersection(folders)):
                path = os.path.join(folder, found)
                self._tree(os.path.relpath(path, self.store.layout.config_dir), path)

    def _owed(self, names: Collection[str]) -> None:
        folder = self._path(".everseal", "hooks")
        for entry in _names(folder):
            path = os.path.join(folder, entry)
            try:
                name = decode_owed(read_file(path)).name
            except (FileNotFoundError, BadRecord):
                continue
            if not names or (name is not None and name.value in names):
                self._item(f".everseal/hooks/{entry}", path)

    def _configuration(self) -> None:
        for entry in _names(self.store.layout.config_dir):
            if any(fnmatchcase(entry, pattern) for pattern in _CONFIGURATION):
                self._item(entry, self._path(entry))

    def _tree(self, inside: str, path: str) -> None:
        if not os.path.lexists(path):
            return
        self._item(inside, path)
        if os.path.isdir(path) and not os.path.islink(path):
            for entry in _names(path):
                self._tree(f"{inside}/{entry}", os.path.join(path, entry))

    def _item(self, inside: str, path: str) -> None:
        """One file, directory or link; what is missing is passed over.

        A link to somewhere else is taken as the file that it leads to: the other machine lacks that.
        """
        if temporary_base(os.path.basename(path)) is not None:
            return
        try:
            with explained("read", path, passing=(FileNotFoundError,)):
                found = os.lstat(path)
                if stat.S_ISLNK(found.st_mode):
                    target = self._target_inside(path)
                    if target is not None:
                        self._add(self._described(inside, found, target=target))
                        return
                    found = os.stat(path)
                if stat.S_ISDIR(found.st_mode):
                    self._add(self._described(inside, found))
                elif stat.S_ISREG(found.st_mode):
                    data = read_file(path)
                    self._add(self._described(inside, found, data=data), data)
                else:
                    self.left_out.append(LeftOut(path, "it is neither a file nor a directory nor a link"))
        except FileNotFoundError:
            if os.path.islink(path):
                self.left_out.append(LeftOut(path, "it is a link to something that is not there"))
        except OperatorError as error:
            self.left_out.append(LeftOut(path, error.message))

    def _target_inside(self, path: str) -> str | None:
        """Where a link leads, relative to its directory; None when that is outside of what is backed up."""
        folder = os.path.dirname(path)
        target = os.path.normpath(os.path.join(folder, os.readlink(path)))
        roots = tuple(self._path(part) + "/" for part in ("accounts", "renewal-hooks", "archive", "live"))
        return os.path.relpath(target, folder) if target.startswith(roots) and os.path.exists(path) else None

    def _described(
        self, inside: str, found: os.stat_result, *, data: bytes | None = None, target: str = ""
    ) -> Entry:
        return Entry(
            path=inside,
            kind="link" if target else "directory" if data is None else "file",
            mode=_PERMISSIONS if target else stat.S_IMODE(found.st_mode) & _PERMISSIONS,
            uid=found.st_uid,
            gid=found.st_gid,
            user=self.users.get(found.st_uid, ""),
            group=self.groups.get(found.st_gid, ""),
            modified=max(0, int(found.st_mtime)),
            size=len(data or b""),
            sha256="" if data is None else digest(data),
            target=target,
        )

    def _add(self, entry: Entry, data: bytes = b"") -> None:
        if entry.path not in self.entries:
            self.entries[entry.path] = entry
            self.body.add(entry, data)

    def _path(self, *parts: str) -> str:
        return os.path.join(self.store.layout.config_dir, *parts)


def owner_names() -> tuple[Mapping[int, str], Mapping[int, str]]:
    """The names of this machine's users and groups by their numbers."""
    import grp
    import pwd

    users = {each.pw_uid: each.pw_name for each in pwd.getpwall()}
    return users, {each.gr_gid: each.gr_name for each in grp.getgrall()}


def _names(folder: str) -> Sequence[str]:
    with explained("read the directory", folder):
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return ()
