"""Limits of CAs in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from everseal.planning.ahead import needless_since
from everseal.planning.limits import Forecast, Use
from everseal.planning.plan import Issue, Plan
from everseal.planning.words import moment


def forecast_lines(forecast: Forecast) -> Iterator[str]:
    """What an order costs: ``certificates for example.com: 12 of 50 used in 7 days, 13 with this one``."""
    if forecast.refusal is not None:
        yield forecast.refusal.sentence
    for use in forecast.uses:
        if use.used + use.cost > 0:
            yield f"{use.bucket.what}: {_used(use)}"


def needless_line(action: Issue, plan: Plan) -> str | None:
    """Points out that the same was obtained not long ago, where that counts."""
    since = needless_since(action, now=plan.made_at)
    if since is None or not action.forecast.uses:
        return None
    issued = f"a certificate for exactly these names was issued at {moment(since)}"
    return f"{issued}; another one is hardly needed, and counts against the CA's limits"


def _used(use: Use) -> str:
    limit = use.bucket.limit
    used = f"{use.used:,} of {limit.capacity:,} used {limit.pace}"
    if use.cost:
        return f"{used}, {min(use.used + use.cost, limit.capacity):,} with this one"
    return f"{used}, renewals are exempt" if use.exempt and not limit.pauses else used
