"""An export, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from everseal.model.export import ExportTarget
from everseal.model.names import CertificateName
from everseal.model.text import printable
from everseal.planning.plan import PlannedFile

SCHEMA: Final = "everseal.export"
VERSION: Final = 1


def render_export_plan(
    name: CertificateName, version: int, files: Iterable[PlannedFile], *, keeps: bool
) -> str:
    """What would be written and why, ending with a newline."""
    lines = [f"{name}: copy version {version}", "  Why:   it was asked for"]
    lines += [f"  File:  {printable(each.path)}  ({each.what})" for each in files]
    if keeps:
        lines.append("  Kept:  each new version is copied there too")
    return "\n".join(lines) + "\n"


def export_as_json(
    name: CertificateName,
    version: int,
    targets: Iterable[ExportTarget],
    paths: Iterable[str],
    *,
    done: bool,
    kept: bool,
    forgot: str | None = None,
) -> Mapping[str, object]:
    """Schema ``everseal.export``, version 1; ``done`` is False for a plan, ``forgot`` the directory that
    gets no further version."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "name": name.value,
        "version": version,
        "done": done,
        "kept": kept,
        "forgot": forgot,
        "targets": [_target(each) for each in targets],
        "files": list(paths),
    }


def _target(target: ExportTarget) -> Mapping[str, object]:
    return {
        "directory": target.directory,
        "format": target.format,
        "mode": None if target.mode is None else f"{target.mode:04o}",
        "owner": target.owner,
    }
