"""What starts renewals, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from everseal.model.text import printable, printable_block
from everseal.planning.scheduling import ScheduledFile, ScheduleOutline, Times
from everseal.planning.words import moment, span

SCHEMA: Final = "everseal.schedule"
VERSION: Final = 1

_STATES: Final = {
    "missing": "write",
    "same": "keep",
    "differs": "replace",
    "foreign": "in the way",
}


def render_installation(outline: ScheduleOutline) -> str:
    """What would be written and why, ending with a newline."""
    lines = [*_times(outline), *_relaxations(outline)]
    for each in outline.files:
        lines.append(f"{_STATES[each.state]:10}  {_name(each)}")
        if each.text and each.state != "same":
            lines += [f"    {line}" for line in printable_block(each.text).rstrip("\n").split("\n")]
    lines += [f"{'remove':10}  {printable(path)}" for path in outline.obsolete]
    if outline.crontab:
        lines += ["Add to your crontab, with `crontab -e`:", *(f"    {line}" for line in outline.crontab)]
    if outline.differs:
        lines += [f"{'run':10}  {' '.join(command)}" for command in outline.commands]
    lines += [f"Note:  {printable(note)}" for note in outline.notes]
    return "\n".join(lines) + "\n"


def render_schedule(outline: ScheduleOutline) -> str:
    """What is installed, ending with a newline."""
    there = [each for each in outline.files if each.state != "missing"]
    lines = [] if there or outline.obsolete else ["Nothing is installed that starts renewals."]
    words = {"same": "as it should be", "differs": "differs from what would be written now"}
    words["foreign"] = "not written by everseal"
    lines += [f"{_name(each)}: {words[each.state]}" for each in there]
    lines += [f"{printable(path)}: no longer needed" for path in outline.obsolete]
    if there and outline.differs:
        lines += [f"{_name(each)}: missing" for each in outline.files if each.state == "missing"]
        lines.append("`everseal schedule install` shows what it would change, and asks.")
    lines += [f"Next run: {moment(when)}" for when in outline.next_runs]
    lines += [f"Note:  {printable(note)}" for note in outline.notes]
    return "\n".join(lines) + "\n"


def schedule_as_json(
    outline: ScheduleOutline,
    action: Literal["install", "show", "remove"],
    *,
    changed: Sequence[str] = (),
) -> Mapping[str, object]:
    """Schema ``everseal.schedule``, version 1; ``changed`` are the files written or removed."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "action": action,
        "done": bool(changed),
        "manner": outline.manner,
        "installed": outline.is_installed,
        "differs": outline.differs,
        "files": [
            {"path": each.path, "state": each.state, "text": each.text, "target": each.target or None}
            for each in outline.files
        ],
        "obsolete": list(outline.obsolete),
        "crontab": list(outline.crontab),
        "relaxations": [{"what": what, "why": why} for what, why in outline.relaxations],
        "notes": list(outline.notes),
        "next_runs": [when.isoformat() for when in outline.next_runs],
        "changed": list(changed),
    }


def _times(outline: ScheduleOutline) -> Iterator[str]:
    cadence = outline.cadence
    yield f"Renewals start every day at {_spoken(cadence.usual)} by this machine's clock"
    if cadence.step is not None:
        yield f"and every {span(cadence.step)}, for a short-lived certificate"


def _spoken(times: Times) -> str:
    return " and ".join(
        f"{hour:02}:{minute:02}:{times.second:02}" for hour in times.hours for minute in times.minutes
    )


def _relaxations(outline: ScheduleOutline) -> Iterator[str]:
    if outline.relaxations:
        yield "Not as strict as it could be:"
    for what in dict.fromkeys(what for what, _ in outline.relaxations):
        yield f"  {printable(what)}:"
        yield from (f"    {printable(why)}" for each, why in outline.relaxations if each == what)


def _name(each: ScheduledFile) -> str:
    arrow = f" -> {printable(each.target)}" if each.target else ""
    return f"{printable(each.path)}{arrow}"
