"""Putting certificates to use in web servers, in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from everseal.model.text import printable
from everseal.planning.installation import Installation

SCHEMA: Final = "everseal.installation"
VERSION: Final = 1


def render_installation_plan(plan: Installation) -> str:
    """What would be done and why, ending with a newline."""
    lines = [f"{plan.verb}: nothing to do", f"  Why:   {plan.sentence}"]
    if plan.certificate_path is not None:
        lines.append(f"  For:   {printable(plan.certificate_path)}")
    lines += [f"  Note:  {each} is not supported by the selected installer" for each in plan.skipped]
    return "\n".join(lines) + "\n"


def installation_as_json(plan: Installation, *, done: bool) -> Mapping[str, object]:
    """Schema ``everseal.installation``, version 1; ``done`` is False for a plan."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "verb": plan.verb,
        "done": done,
        "installer": plan.installer,
        "name": None if plan.name is None else plan.name.value,
        "certificate_path": plan.certificate_path,
        "key_path": plan.key_path,
        "what": plan.sentence,
        "enhancements_skipped": list(plan.skipped),
    }
