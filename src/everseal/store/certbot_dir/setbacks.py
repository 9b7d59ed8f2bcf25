"""Setbacks as JSON, for Everseal's own state."""

from __future__ import annotations

import json
from datetime import datetime

from everseal.planning.setback import Setback
from everseal.store.certbot_dir.records import BadRecord


def encode_setback(setback: Setback) -> bytes:
    members = {
        "failures": setback.failures,
        "failed_at": setback.failed_at.isoformat(),
        "retry_at": setback.retry_at.isoformat(),
        "serial": f"{setback.serial:x}",
        "message": setback.message,
    }
    return json.dumps(members, indent=1).encode("ascii") + b"\n"


def decode_setback(data: bytes) -> Setback:
    """Raises BadRecord."""
    try:
        found = json.loads(data)
        return Setback(
            failures=int(found["failures"]),
            failed_at=_moment(found["failed_at"]),
            retry_at=_moment(found["retry_at"]),
            serial=int(found["serial"], 16),
            message=str(found.get("message", "")),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise BadRecord(f"no setback: {error}") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment
