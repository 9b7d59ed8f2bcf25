"""Judging modes and owners, by the table that Certbot's directories follow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from everseal.model.diagnosis import Chmod, Finding
from everseal.model.names import CertificateName
from everseal.store.certbot_dir.layout import KINDS, Layout
from everseal.store.doctor.catalogue import found
from everseal.store.doctor.observation import Entry, SeenAccount, SeenLineage

_OTHERS: Final = 0o007
_OTHERS_WRITE: Final = 0o002
_NOT_OWNER: Final = 0o077
_SECRET_KEY: Final = re.compile(r"(?:^|_)(?:api_?key|passw(?:or)?d|secret|token)(?:_|\Z)", re.IGNORECASE)


def lineage_access(seen: SeenLineage, *, archive_root: Entry | None, owner: int) -> Iterator[Finding]:
    """``owner`` is whom the configuration directory belongs to."""
    archive = seen.archive_dir
    reach = all(each is not None and each.mode & 0o001 for each in (archive_root, archive))
    for version in seen.versions.values():
        key = version.entries.get("privkey")
        if key is not None and key.kind == "file":
            yield from _key(seen, key, reach=reach)
            yield from _owner(key, owner, seen.name, private=True)
        public = [version.entries[kind] for kind in KINDS if kind != "privkey" and kind in version.entries]
        yield from _writable(public, seen.name)
    live = [entry for entry in (archive, seen.conf) if entry is not None]
    yield from _writable(live, seen.name)
    yield from _owner(seen.conf, owner, seen.name, private=False)
    yield from _secret_settings(seen)
    yield from _credentials(seen)


def directory_access(
    layout: Layout, entries: Iterable[Entry], *, logs: Entry | None, open_logs: bool
) -> Iterator[Finding]:
    """The directories that all certificates share; ``entries`` are those and the live directories."""
    listed = list(entries)
    yield from _writable(listed, None)
    state = next((entry for entry in listed if entry.path == layout.state_dir), None)
    if state is not None and state.mode & _NOT_OWNER:
        yield _chmod(
            "state-open", state, 0o700, f"the mode of {state.path} is {state.mode:04o}, not 0700", None
        )
    for entry in listed:
        if entry.path in {layout.archive_root, layout.live_root} and entry.mode & 0o005:
            yield found(
                "directory-open",
                entry.path,
                f"the mode of {entry.path} is {entry.mode:04o}, not 0700",
                remedy=f"`chmod 0700 {entry.path}`, unless servers are to read it",
            )
    if logs is not None and logs.mode & 0o005 and open_logs:
        what = f"the mode of {logs.path} is {logs.mode:04o}, and logs in it can be read by everybody"
        yield _chmod("logs-open", logs, 0o700, what, None)


def hook_access(scripts: Iterable[Entry]) -> Iterator[Finding]:
    """Files of the hook directories that nobody may execute."""
    for entry in scripts:
        if entry.kind == "file" and not entry.mode & 0o111 and not entry.path.endswith("~"):
            yield found(
                "hook-not-executable",
                entry.path,
                f"{entry.path} cannot be executed, and so is no hook",
                remedy=f"`chmod +x {entry.path}`, or move it away",
            )


def account_access(account: SeenAccount, *, owner: int) -> Iterator[Finding]:
    if account.folder.mode & _NOT_OWNER & ~_OTHERS_WRITE:
        what = f"the mode of {account.folder.path} is {account.folder.mode:04o}, not 0700"
        yield _chmod("directory-open", account.folder, 0o700, what, None)
    key = account.entries.get("private_key.json")
    if key is not None and key.kind == "file":
        if key.mode & _NOT_OWNER:
            what = f"the mode of {key.path} is {key.mode:04o}, not 0400"
            yield _chmod("account-key-open", key, 0o400, what, None)
        yield from _owner(key, owner, None, private=True)
    yield from _writable([account.folder, *account.entries.values()], None)


def _key(seen: SeenLineage, key: Entry, *, reach: bool) -> Iterator[Finding]:
    """What the group may do is kept from version to version, and so is meant; others may do nothing."""
    if key.mode & _OTHERS:
        closed = "" if reach else "; only the closed directories above it keep them out"
        yield found(
            "key-open",
            seen.name.value,
            f"the mode of the private key {key.path} is {key.mode:04o}{closed}",
            severity="damage" if reach else None,
            remedy=f"`chmod o-rwx {key.path}`; if others may have read it, "
            f"`everseal renew --cert-name {seen.name} --force-renewal` makes a new key",
            lineage=seen.name,
            fix=Chmod(key.path, 0o600 | key.mode & 0o070),
        )


def _writable(entries: Iterable[Entry], lineage: CertificateName | None) -> Iterator[Finding]:
    for entry in entries:
        if entry.kind in {"file", "directory"} and entry.mode & _OTHERS_WRITE:
            if os.path.basename(entry.path) == "private_key.json":
                continue
            what = f"the mode of {entry.path} is {entry.mode:04o}"
            yield _chmod("writable-by-all", entry, entry.mode & ~_OTHERS_WRITE, what, lineage)


def _secret_settings(seen: SeenLineage) -> Iterator[Finding]:
    document = seen.readable
    if document is None or not seen.conf.mode & 0o004:
        return
    keys = [key for key in _keys(document.values) if _SECRET_KEY.search(key)]
    if keys:
        what = f"{seen.conf.path} can be read by everybody and holds {', '.join(keys)}"
        yield _chmod("conf-secret-open", seen.conf, seen.conf.mode & ~_OTHERS, what, seen.name)


def _keys(values: Mapping[str, object]) -> Iterator[str]:
    """The keys with a text, those of sections too; names of domains are no keys."""
    for key, value in values.items():
        if isinstance(value, Mapping) and key != "webroot_map":
            yield from _keys(value)
        elif isinstance(value, str) and value not in {"", "None"} and not os.path.isabs(value):
            yield key


def _credentials(seen: SeenLineage) -> Iterator[Finding]:
    document = seen.readable
    for key, path in (document.section("renewalparams") if document is not None else {}).items():
        if not key.endswith("_credentials") or not isinstance(path, str) or not os.path.isabs(path):
            continue
        try:
            mode = os.stat(path).st_mode & 0o7777
        except OSError:
            yield found(
                "credentials-missing",
                seen.name.value,
                f"{path}, which {key} names, is not there",
                remedy=f"put {path} back, or correct {key} in {seen.conf.path}",
                lineage=seen.name,
            )
            continue
        if mode & _OTHERS:
            yield found(
                "credentials-open",
                seen.name.value,
                f"the mode of {path}, which holds a provider's login, is {mode:04o}",
                remedy=f"`chmod o-rwx {path}`",
                lineage=seen.name,
                fix=Chmod(path, mode & ~_OTHERS),
            )


def _owner(entry: Entry, owner: int, lineage: CertificateName | None, *, private: bool) -> Iterator[Finding]:
    if entry.uid not in {owner, 0}:
        subject = entry.path if lineage is None else lineage.value
        yield found(
            "owner-odd",
            subject,
            f"{entry.path} belongs to user {entry.uid}, the configuration directory to user {owner}",
            severity="note" if private and lineage is not None else None,
            remedy=f"`chown {owner} {entry.path}`, unless you gave it away on purpose",
            lineage=lineage,
        )


def _chmod(code: str, entry: Entry, mode: int, what: str, lineage: CertificateName | None) -> Finding:
    return found(
        code,
        entry.path if lineage is None else lineage.value,
        what,
        remedy=f"`chmod {mode:04o} {entry.path}`",
        lineage=lineage,
        fix=Chmod(entry.path, mode),
    )
