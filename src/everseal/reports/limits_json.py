"""Limits of CAs as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from everseal.model.epoch import stamp
from everseal.planning.limits import Use
from everseal.planning.refusals import Bucket

Json = Mapping[str, object]


def use_as_json(use: Use) -> Json:
    """How an order stands with one limit; moments are RFC 3339 in UTC."""
    return {
        **bucket_as_json(use.bucket),
        "used": use.used,
        "cost": use.cost,
        "exempt": use.exempt,
        "possible_at": stamp(use.possible_at),
    }


def bucket_as_json(bucket: Bucket) -> Json:
    """A limit, and for whom it is kept."""
    limit = bucket.limit
    return {
        "limit": limit.id,
        "counts": limit.counts,
        "subject": dict(zip(limit.per, bucket.subject, strict=True)),
        "capacity": limit.capacity,
        "period_seconds": limit.period.total_seconds(),
    }
