"""Making a backup file, and looking into one."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from everseal.model.backup import Manifest
from everseal.model.errors import LineageMissing, OperatorError, StoreUnusable
from everseal.model.frozen import dataclass
from everseal.store.backup.gathering import Gathering, LeftOut, owner_names
from everseal.store.backup.sealing import is_encrypted
from everseal.store.backup.tarball import digest, read_contents, read_manifest
from everseal.system.files import named_file, read_file, write_file
from everseal.version import VERSION

if TYPE_CHECKING:
    from everseal.model.names import CertificateName
    from everseal.store.backup.sealing import Opening, Sealing
    from everseal.store.certbot_dir.store import CertbotStore

_LARGEST_BACKUP: Final = 2 * 1024 * 1024 * 1024
_MODE: Final = 0o600


class BackupMissing(OperatorError):
    """There is no such file."""

    def __init__(self, path: str) -> None:
        super().__init__(f"there is no backup {path}", remedy="check the path")


class InsideTheDirectory(OperatorError):
    """The backup would lie where it is lost together with what it is of."""

    def __init__(self, path: str, config_dir: str) -> None:
        super().__init__(
            f"{path} lies in {config_dir}, which is what is backed up", remedy="choose a place outside"
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was read back and found sound; ``size`` is the file's, in octets."""

    path: str
    size: int
    encrypted: bool
    manifest: Manifest
    left_out: tuple[LeftOut, ...]


def plan_backup(
    path: str, store: CertbotStore, names: Collection[CertificateName], *, sealing: Sealing
) -> tuple[CertificateName, ...]:
    """The lineages that :func:`take_backup` would take; whatever can be refused beforehand is refused.

    Raises LineageMissing, StoreUnusable, InsideTheDirectory, AgeMissing, BadRecipient.
    """
    config_dir = store.layout.config_dir
    if named_file(path).startswith(os.path.realpath(config_dir) + os.sep):
        raise InsideTheDirectory(path, config_dir)
    sealing.demand_usable()
    there = store.names()
    for name in names:
        if name not in there:
            raise LineageMissing(name.value)
    return tuple(names or there)


def take_backup(
    path: str,
    store: CertbotStore,
    names: Collection[CertificateName],
    *,
    sealing: Sealing,
    host: str,
    now: datetime,
) -> Taken:
    """Write one file with these lineages, or all, and read it back; one that is there is replaced whole.

    What cannot be taken is in ``left_out``.  Raises LineageMissing, Busy, StoreUnusable, BadBackup,
    InsideTheDirectory, AgeMissing, BadRecipient.
    """
    plan_backup(path, store, names, sealing=sealing)
    gathering = Gathering(store, *owner_names())
    gathering.gather(names)
    manifest = Manifest(
        version=VERSION,
        host=host,
        created=now.astimezone(UTC).isoformat(timespec="seconds"),
        config_dir=store.layout.config_dir,
        lineages=gathering.lineages,
        entries=tuple(gathering.entries.values()),
    )
    plain = gathering.body.close(manifest)
    check_contents(plain)
    written = sealing.seal(plain)
    write_file(named_file(path), written, mode=_MODE)
    if digest(read_file(path, limit=_LARGEST_BACKUP)) != digest(written):
        raise StoreUnusable(
            f"what is at {path} is not what was written", remedy="look at the disk (dmesg says more)"
        )
    return Taken(path, len(written), written is not plain, manifest, tuple(gathering.left_out))


def open_backup(path: str, opening: Opening) -> tuple[bytes, bool]:
    """The backup's bytes in plain, and whether they were encrypted.

    Raises BackupMissing, StoreUnusable, AgeMissing, BadIdentity, CannotOpen.
    """
    try:
        data = read_file(path, limit=_LARGEST_BACKUP)
    except FileNotFoundError:
        raise BackupMissing(path) from None
    return opening.open(data), is_encrypted(data)


def check_contents(data: bytes) -> Manifest:
    """Every octet against the manifest.  Raises BadBackup."""
    for _ in read_contents(data):
        continue
    return read_manifest(data)
