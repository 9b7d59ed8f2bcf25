"""A backup, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from everseal.model.backup import Entry, Manifest
from everseal.model.text import printable

SCHEMA: Final = "everseal.backup"
PLAN: Final = "everseal.backup-plan"
VERSION: Final = 1


def render_summary(manifest: Manifest) -> str:
    """What a backup is of, ending with a newline."""
    lines = [
        f"  Taken:         {printable(manifest.created)} on {printable(manifest.host)}",
        f"  Of:            {printable(manifest.config_dir)}",
        f"  Entries:       {len(manifest.entries)}, {manifest.total} bytes in files",
        f"  Certificates:  {len(manifest.lineages)}",
    ]
    lines += [f"    {printable(name)}, version {live} is live" for name, live in manifest.lineages.items()]
    return "\n".join(lines) + "\n"


def render_entries(manifest: Manifest) -> str:
    """A line for each entry, ending with a newline."""
    return "".join(f"{_line(entry)}\n" for entry in manifest.entries)


def backup_as_json(
    path: str,
    manifest: Manifest,
    *,
    encrypted: bool,
    verified: bool,
    left_out: Iterable[tuple[str, str]] = (),
) -> Mapping[str, object]:
    """Schema ``everseal.backup``, version 1; ``left_out`` are paths with the reason."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "path": path,
        "encrypted": encrypted,
        "verified": verified,
        "host": manifest.host,
        "created": manifest.created,
        "config_dir": manifest.config_dir,
        "certificates": [{"name": name, "live": live} for name, live in manifest.lineages.items()],
        "entries": [_entry(entry) for entry in manifest.entries],
        "left_out": [{"path": each, "why": why} for each, why in left_out],
    }


def backup_plan_as_json(path: str, names: Iterable[str], *, encrypted: bool) -> Mapping[str, object]:
    """Schema ``everseal.backup-plan``, version 1."""
    return {
        "schema": PLAN,
        "schema_version": VERSION,
        "path": path,
        "certificates": list(names),
        "encrypted": encrypted,
    }


def _line(entry: Entry) -> str:
    owner = f"{entry.user or entry.uid}:{entry.group or entry.gid}"
    arrow = f" -> {printable(entry.target)}" if entry.kind == "link" else ""
    return f"{entry.kind:9}  {entry.mode:04o}  {owner:16}  {entry.size:>8}  {printable(entry.path)}{arrow}"


def _entry(entry: Entry) -> Mapping[str, object]:
    return {
        "path": entry.path,
        "kind": entry.kind,
        "mode": f"{entry.mode:04o}",
        "owner": f"{entry.user or entry.uid}:{entry.group or entry.gid}",
        "size": entry.size,
        "sha256": entry.sha256 or None,
        "target": entry.target or None,
    }
