"""How the certificates stand: a table for people, and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from everseal.model.epoch import stamp
from everseal.model.text import printable
from everseal.planning.moments import SHORT_LIVED
from everseal.planning.reasons import AutorenewOff
from everseal.planning.standing import Concern, Kept, Lost, Survey
from everseal.planning.words import moment, plural
from everseal.reports.members import setback_as_json, stamp_if_known
from everseal.reports.tables import GAP, aligned, widths_of

SCHEMA: Final = "everseal.status"
VERSION: Final = 1

Tone = Literal["good", "warning", "bad", "plain"]
Span = tuple[str, Tone]
"""A piece of a line and how it is coloured, where colours are."""

_HEADINGS: Final = ("Name", "Names", "Issuer", "Expires", "Renews", "State")
_SHRINKING: Final = (0, 1, 2)
_ISSUER: Final = 2
_ENOUGH_OF_AN_ISSUER: Final = 8
_LEAST: Final = 6


def render_status(survey: Survey, *, width: int) -> Iterator[Sequence[Span]]:
    """Lines of pieces: a headline, a row for each certificate in ``width`` columns, and what is wrong."""
    yield [_headline(survey)]
    rows = [(_row(each, survey.made_at), _state(each)) for each in survey.certificates]
    if rows:
        yield [("", "plain")]
        yield from _table(rows, width)
    concerns = list(_concerns(survey))
    if concerns:
        yield [("", "plain")]
        yield from concerns


def status_as_json(survey: Survey) -> Mapping[str, object]:
    """Schema ``everseal.status``, version 1."""
    first = survey.next_due
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "made_at": stamp(survey.made_at),
        "needs_attention": survey.needs_attention,
        "next_due": None
        if first is None or first.renew_at is None
        else {"name": first.name.value, "at": stamp(first.renew_at)},
        "certificates": [_kept_as_json(each, survey.made_at) for each in survey.kept],
        "damaged": [
            {"name": each.name.value, "path": each.conf_path, "concerns": concerns_as_json(each.concerns)}
            for each in survey.certificates
            if isinstance(each, Lost)
        ],
        "concerns": concerns_as_json(survey.concerns),
    }


def concerns_as_json(concerns: Sequence[Concern]) -> list[Mapping[str, object]]:
    return [
        {"code": each.code, "gravity": each.gravity, "sentence": printable(each.sentence, 2000)}
        for each in concerns
    ]


def _headline(survey: Survey) -> Span:
    """The first line, which is all that some monitoring programs show."""
    troubled = len(survey.troubled)
    parts = [plural(len(survey.certificates), "certificate") if survey.certificates else "no certificate"]
    if troubled:
        parts.append(f"{troubled} {'needs' if troubled == 1 else 'need'} attention")
    elif survey.needs_attention:
        parts.append("something needs attention")
    else:
        parts.append("all is well")
    first = survey.next_due
    if first is not None and first.renew_at is not None:
        parts.append(f"next is {first.name} at {moment(first.renew_at)}")
    return (f"{'; '.join(parts)}.", "bad" if survey.needs_attention else "good")


def _row(each: Kept | Lost, now: datetime) -> tuple[str, ...]:
    if isinstance(each, Lost):
        return (printable(each.name.value), "-", "-", "-", "-")
    more = len(each.names) - 1
    names = printable(each.names[0]) if each.names else "-"
    short = each.not_after - each.issued < SHORT_LIVED
    return (
        printable(each.name.value),
        f"{names} +{more}" if more > 0 else names,
        printable(each.issuer),
        _day(each.not_after, short=short),
        "-" if each.renew_at is None else _day(max(each.renew_at, now), short=short),
    )


def _day(when: datetime, *, short: bool) -> str:
    return f"{when:%m-%d %H:%M}" if short else f"{when:%Y-%m-%d}"


def _state(each: Kept | Lost) -> Span:
    """In one word or two; the gravest."""
    for concern in each.concerns:
        return (_STATES[concern.code], _tone(concern))
    assert isinstance(each, Kept), "what cannot be used has a concern"
    if each.is_due:
        return ("due", "warning")
    return ("not renewed", "warning") if isinstance(each.reason, AutorenewOff) else ("ok", "good")


_STATES: Final[Mapping[str, str]] = {
    "expired": "EXPIRED",
    "overdue": "OVERDUE",
    "orders-fail": "order failed",
    "hook-owed": "hook failed",
    "damaged": "DAMAGED",
    "no-timer": "no timer",
}


def _table(rows: Sequence[tuple[tuple[str, ...], Span]], width: int) -> Iterator[Sequence[Span]]:
    widths = widths_of([_HEADINGS[:-1], *(row for row, _ in rows)])
    states = max(len(_HEADINGS[-1]), *(len(state[0]) for _, state in rows))
    _shrink(widths, width - states - len(GAP) * len(widths))
    yield [(_line(_HEADINGS[:-1], widths) + _HEADINGS[-1], "plain")]
    for row, state in rows:
        yield [(_line(row, widths), "plain"), state]


def _shrink(widths: list[int], room: int) -> None:
    """Take from the issuer, then from the widest that can do with less, until all fit or none can."""
    surplus = min(sum(widths) - room, widths[_ISSUER] - _ENOUGH_OF_AN_ISSUER)
    widths[_ISSUER] -= max(surplus, 0)
    while sum(widths) > room:
        widest = max(_SHRINKING, key=lambda column: widths[column])
        if widths[widest] <= _LEAST:
            return
        widths[widest] -= 1


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [_fitted(cell, width) for cell, width in zip(row, widths, strict=True)]
    return aligned(cells, widths) + GAP


def _fitted(text: str, width: int) -> str:
    """The beginning and the end of what is too long: names differ at either."""
    if len(text) <= width:
        return text
    head = (width - 2) // 2
    return f"{text[:head]}..{text[len(text) - (width - 2 - head) :]}"


def _concerns(survey: Survey) -> Iterator[Sequence[Span]]:
    for each in survey.certificates:
        for concern in each.concerns:
            yield [(f"{printable(each.name.value)}: {_told(concern)}", _tone(concern))]
    for concern in survey.concerns:
        yield [(_told(concern), _tone(concern))]


def _told(concern: Concern) -> str:
    return printable(concern.sentence, 2000)


def _tone(concern: Concern) -> Tone:
    return "warning" if concern.gravity == "warning" else "bad"


def _kept_as_json(each: Kept, now: datetime) -> Mapping[str, object]:
    from everseal.reports.plan_json import reason_as_json

    return {
        "name": each.name.value,
        "identifiers": list(each.names),
        "issuer": each.issuer,
        "server": each.server,
        "version": each.version,
        "issued": stamp(each.issued),
        "not_after": stamp(each.not_after),
        "seconds_left": int((each.not_after - now) / timedelta(seconds=1)),
        "due": each.is_due,
        "reason": reason_as_json(each.reason),
        "renew_at": stamp_if_known(each.renew_at),
        "window": None if each.window is None else [stamp(bound) for bound in each.window],
        "last_failure": setback_as_json(each.setback),
        "state": _state(each)[0],
        "concerns": concerns_as_json(each.concerns),
    }
