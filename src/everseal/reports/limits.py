"""``everseal limits`` as text, and as JSON: schema ``everseal.limits``, version 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from everseal.model.epoch import stamp
from everseal.model.text import printable
from everseal.planning.refusals import Hold
from everseal.planning.tally import BucketStanding, CaStanding, Forgotten
from everseal.planning.words import moment
from everseal.reports.limits_json import bucket_as_json
from everseal.reports.members import stamp_if_known

SCHEMA: Final = "everseal.limits"
VERSION: Final = 1
_NOTHING: Final = "Nothing is known yet of what any certificate authority counts.\n"

Json = Mapping[str, object]


def render_limits(cas: Sequence[CaStanding]) -> str:
    """A paragraph for each CA, ending with a newline."""
    if not cas:
        return _NOTHING
    return "\n".join("\n".join(_ca(each)) + "\n" for each in cas)


def render_forgotten(forgotten: Sequence[Forgotten], name: str, *, planned: bool) -> str:
    """What was forgotten, or would be."""
    if not forgotten:
        return f"Nothing waits because of {printable(name)}.\n"
    verb = "Would be forgotten" if planned else "Forgotten"
    return "".join(
        f"{verb}: {printable(each.subject)} at {printable(each.server)} ({printable(each.detail)})\n"
        for each in forgotten
    )


def limits_as_json(cas: Sequence[CaStanding], forgotten: Sequence[Forgotten] = ()) -> Json:
    """Values that :mod:`json` can write; moments are RFC 3339 in UTC."""
    return {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "authorities": [_ca_as_json(each) for each in cas],
        "forgotten": [
            {"server": each.server, "subject": each.subject, "detail": each.detail} for each in forgotten
        ],
    }


def _ca(ca: CaStanding) -> Iterator[str]:
    if ca.limits is None:
        yield f"{printable(ca.server)}: its limits are not known"
    else:
        yield f"{ca.limits.name}, {printable(ca.server)}"
        yield f"  (limits of {ca.limits.date}, {ca.limits.source})"
    for bucket in ca.buckets:
        yield f"  {_bucket(bucket)}"
    for hold in ca.holds:
        yield f"  {hold.refusal.sentence}"
        if hold.until is None:
            yield f"    to mend it: {hold.refusal.remedy}"


def _bucket(each: BucketStanding) -> str:
    limit = each.bucket.limit
    what = each.bucket.what if not each.label else f"certificates for exactly {printable(each.label)}"
    line = f"{what}: {each.used:,} of {limit.capacity:,} used {limit.pace}"
    if each.paused:
        return f"{line}; the CA has paused the name by now"
    if each.used >= limit.capacity and not limit.pauses:
        return f"{line}; one more from {moment(each.possible_at)}"
    return line


def _ca_as_json(ca: CaStanding) -> Json:
    limits = ca.limits
    return {
        "server": ca.server,
        "name": None if limits is None else limits.name,
        "limits_source": None if limits is None else limits.source,
        "limits_date": None if limits is None else limits.date.isoformat(),
        "used": [
            {
                **bucket_as_json(each.bucket),
                "label": each.label or None,
                "used": each.used,
                "possible_at": stamp(each.possible_at),
                "paused": each.paused,
            }
            for each in ca.buckets
        ],
        "waiting": [_hold_as_json(hold) for hold in ca.holds],
    }


def _hold_as_json(hold: Hold) -> Json:
    return {
        "subject": dict(zip(hold.per, hold.subject, strict=True)),
        "limit": hold.limit,
        "since": stamp(hold.since),
        "until": stamp_if_known(hold.until),
        "detail": hold.detail,
        "url": hold.url,
        "label": hold.label or None,
    }
