"""What comes back from a backup and why, in words and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from everseal.model.text import printable
from everseal.planning.restoring import FileFate, FileRestore, LineageRestore, RestoreOutline
from everseal.planning.words import every, plural
from everseal.reports.members import exports_as_json

SCHEMA: Final = "everseal.restore"
VERSION: Final = 1

_FATES: Final[Mapping[FileFate, str]] = {
    "restore": "restored",
    "replace": "replaced",
    "same": "the same",
    "keep": "left as it is here",
    "in-the-way": "not restored, something else is in the way",
}


def render_restore_plan(outline: RestoreOutline) -> str:
    """What would be done and why, ending with a newline."""
    lines = [
        f"From:  {printable(outline.path)}{', encrypted' if outline.encrypted else ''}",
        f"Taken: {printable(outline.created)} on {printable(outline.host)}, of {printable(outline.origin)}",
        f"To:    {printable(outline.config_dir)}",
        *(line for each in outline.lineages for line in _lineage(each)),
        *_files(outline),
        *(f"Note:  {printable(note)}" for note in outline.notes),
    ]
    return "\n".join(lines) + "\n"


def restore_as_json(
    outline: RestoreOutline,
    *,
    done: bool,
    failures: Mapping[str, str] | None = None,
    hook_failures: Sequence[str] = (),
) -> Mapping[str, object]:
    """Schema ``everseal.restore``, version 1; ``done`` is False for a plan."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "path": outline.path,
        "encrypted": outline.encrypted,
        "host": outline.host,
        "created": outline.created,
        "origin": outline.origin,
        "config_dir": outline.config_dir,
        "done": done,
        "certificates": [_lineage_as_json(each, failures or {}) for each in outline.lineages],
        "files": [{"path": each.path, "kind": each.kind, "fate": each.fate} for each in outline.files],
        "notes": list(outline.notes),
        "hook_failures": list(hook_failures),
    }


def restore_summary(outline: RestoreOutline, *, failed: int = 0) -> str:
    """One sentence on what was done; ``failed`` lineages did not come back as they should."""
    back = sum(each.comes_back for each in outline.lineages) - failed
    files = sum(each.comes_back for each in _files_alone(outline))
    left = len(outline.lineages) - back
    told = f"{plural(back, 'certificate')} and {plural(files, 'other file')} brought back"
    if not left:
        return f"{told}."
    return f"{told}, {plural(left, 'certificate')} left as {'it is' if left == 1 else 'they are'}."


def _lineage(each: LineageRestore) -> Iterator[str]:
    name, reason = printable(each.name.value), each.decision.reason
    if not each.comes_back:
        yield f"{name}: leave it as it is"
        yield f"  Why:   {printable(reason.sentence)}"
        return
    yield f"{name}: bring it back, with version {each.numbering.live} live"
    yield f"  Why:   {printable(reason.sentence)}"
    yield f"  For:   {every(each.identifiers)}"
    if each.numbering.added:
        yield f"  Files: of version {', '.join(map(str, sorted(each.numbering.added)))}"
    for number, here in each.numbering.numbers.items():
        if number != here:
            yield f"  Note:  version {number} of the backup is version {here} here"
    if each.numbering.pins:
        yield "  Note:  it stays live until the next certificate; whether one is due is judged by it"
    for setting in each.left:
        yield f"  Note:  this setting stays, and names the old directory: {printable(setting)}"
    yield from (f"  Copy:  to {printable(target.directory)} as {target.format}" for target in each.exports)
    yield from (f"  Hook:  deploy: {printable(command)}" for command in each.hooks)


def _files(outline: RestoreOutline) -> Iterator[str]:
    files = _files_alone(outline)
    if not files:
        return
    counts = Counter(each.fate for each in files)
    told = ", ".join(f"{counts[fate]} {words}" for fate, words in _FATES.items() if counts[fate])
    yield f"Accounts, hooks and settings: {told}"
    yield from (f"  {each.fate:10}  {printable(each.path)}" for each in files if each.fate != "same")


def _files_alone(outline: RestoreOutline) -> list[FileRestore]:
    """Without the directories that they are in."""
    return [each for each in outline.files if each.kind != "directory" or each.fate == "in-the-way"]


def _lineage_as_json(each: LineageRestore, failures: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "name": each.name.value,
        "restores": each.comes_back,
        "reason": {"code": each.decision.reason.code, "sentence": each.decision.reason.sentence},
        "identifiers": [identifier.value for identifier in each.identifiers],
        "live": each.numbering.live if each.comes_back else each.present.live,
        "pinned": each.comes_back and each.numbering.pins,
        "versions": [
            {"in_backup": number, "here": here, "adds": list(each.numbering.added.get(here, ()))}
            for number, here in each.numbering.numbers.items()
        ],
        "settings_left": list(each.left),
        "exports": exports_as_json(each.exports),
        "hooks": list(each.hooks),
        "failure": failures.get(each.name.value),
    }
