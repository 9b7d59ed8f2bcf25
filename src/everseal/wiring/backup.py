"""Backups of a house's directory."""

from __future__ import annotations

from collections.abc import Collection

from everseal.model.backup import Manifest
from everseal.model.names import CertificateName
from everseal.store.backup.sealing import Opening, Sealing
from everseal.store.backup.taking import Taken, check_contents, open_backup, plan_backup, take_backup
from everseal.store.backup.tarball import read_manifest
from everseal.wiring.house import House


def back_up(house: House, path: str, names: Collection[CertificateName], sealing: Sealing | None) -> Taken:
    """Raises LineageMissing, Busy, StoreUnusable, InsideTheDirectory, AgeMissing, BadRecipient."""
    surroundings = house.surroundings
    return take_backup(
        path,
        house.store,
        names,
        sealing=sealing or Sealing(),
        host=surroundings.host,
        now=surroundings.clock.now(),
    )


def would_back_up(
    house: House, path: str, names: Collection[CertificateName], sealing: Sealing | None
) -> tuple[CertificateName, ...]:
    """Raises LineageMissing, StoreUnusable, InsideTheDirectory, AgeMissing, BadRecipient."""
    return plan_backup(path, house.store, names, sealing=sealing or Sealing())


def look_into(path: str, opening: Opening | None, *, verify: bool) -> tuple[Manifest, bool]:
    """Raises BackupMissing, BadBackup, AgeMissing, BadIdentity, CannotOpen, StoreUnusable."""
    data, encrypted = open_backup(path, opening or Opening())
    return (check_contents(data) if verify else read_manifest(data)), encrypted
