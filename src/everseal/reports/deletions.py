"""What was revoked and deleted, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

DELETION: Final = "everseal.deletion"
REVOCATION: Final = "everseal.revocation"
VERSION: Final = 1


def deletions_as_json(deletions: Iterable[tuple[str, Sequence[str]]]) -> Mapping[str, object]:
    """Schema ``everseal.deletion``, version 1: each certificate name with the paths removed."""
    return {
        "schema": DELETION,
        "schema_version": VERSION,
        "deleted": [{"name": name, "removed": list(paths)} for name, paths in deletions],
    }


def revocation_as_json(
    path: str, *, serial: int, reason: int, server: str, deleted: Iterable[str]
) -> Mapping[str, object]:
    """Schema ``everseal.revocation``, version 1; ``deleted`` are the certificate names deleted with it."""
    return {
        "schema": REVOCATION,
        "schema_version": VERSION,
        "certificate_path": path,
        "serial": f"{serial:x}",
        "reason": reason,
        "server": server,
        "deleted": list(deleted),
    }
