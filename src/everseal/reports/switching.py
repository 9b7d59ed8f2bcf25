"""A switch to another version, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from everseal.model.text import printable
from everseal.planning.switching import Switch
from everseal.planning.words import every
from everseal.reports.members import exports_as_json

SCHEMA: Final = "everseal.switch"
VERSION: Final = 1


def render_switch_plan(step: Switch) -> str:
    """What would be done and why, ending with a newline."""
    if not step.changes_something:
        return f"{nothing_to_do(step)}\n"
    present = "what the live links name now" if step.live is None else f"version {step.live}"
    lines = [f"{step.name}: put version {step.to} to use in place of {present}"]
    lines.append("  Why:   it was asked for, and its key, certificate and chain belong together")
    lines += [f"  Note:  {note}" for note in switch_notes(step)]
    if step.live != step.to:
        lines.append("  Links: all four at once")
    lines += [f"  Copy:  to {printable(each.directory)} as {each.format}" for each in step.exports]
    lines += [f"  Hook:  {each.kind}: {printable(each.command)}" for each in step.hooks]
    return "\n".join(lines) + "\n"


def switch_notes(step: Switch) -> Iterator[str]:
    """What an operator should know about the version, in sentences without a full stop."""
    if step.expired:
        yield "its certificate has expired"
    if step.added:
        yield f"it is also for {every(step.added)}"
    if step.removed:
        yield f"it is not for {every(step.removed)}"
    if step.pins:
        yield "it stays live until the next certificate; whether one is due is judged by this version"


def nothing_to_do(step: Switch) -> str:
    return f"Version {step.to} of {step.name} is live already; nothing to do."


def switch_as_json(step: Switch, *, done: bool, hook_failures: Sequence[str] = ()) -> Mapping[str, object]:
    """Schema ``everseal.switch``, version 1; ``done`` is False for a plan."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "name": step.name.value,
        "from": step.live,
        "to": step.to,
        "changes_something": step.changes_something,
        "done": done and step.changes_something,
        "pinned": step.pins,
        "expired": step.expired,
        "identifiers": [each.value for each in step.identifiers],
        "exports": exports_as_json(step.exports),
        "hooks": [{"kind": each.kind, "command": each.command} for each in step.hooks],
        "hook_failures": list(hook_failures),
    }
