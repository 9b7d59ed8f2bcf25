"""How an order follows from its authorizations (RFC 8555 section 7.1.6): pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from everseal.localca.refusal import Refusal, subproblem

if TYPE_CHECKING:
    from everseal.localca.records import Authorization, Challenge, Order, ProblemJson

_OPEN: Final = ("pending", "ready")


def aged(authorization: Authorization, now: float) -> Authorization:
    """The authorization as it stands at ``now``: expired ones say so."""
    if authorization.status in ("pending", "valid") and authorization.expires <= now:
        return replace(authorization, status="expired")
    return authorization


def settled(
    order: Order,
    authorizations: Sequence[Authorization],
    challenges: Mapping[str, Sequence[Challenge]],
    now: float,
) -> Order:
    """The order as its (aged) authorizations make it; ``challenges`` by authorization, for the reasons."""
    if order.status not in _OPEN:
        return order
    lost = [one for one in authorizations if one.status not in ("pending", "valid")]
    if lost:
        reasons = [(one, _reason(one, challenges.get(one.id, ()))) for one in lost]
        return replace(order, status="invalid", error=_summary(reasons))
    if order.expires <= now:
        expired = Refusal("malformed", "the order has expired", 403)
        return replace(order, status="invalid", error=expired.document())
    if all(one.status == "valid" for one in authorizations):
        return replace(order, status="ready")
    return order


def _reason(authorization: Authorization, challenges: Sequence[Challenge]) -> ProblemJson:
    errors = (one.error for one in challenges if one.status == "invalid" and one.error)
    fallback = Refusal("unauthorized", f"the authorization is {authorization.status}", 403)
    return next(errors, fallback.document())


def _summary(reasons: Sequence[tuple[Authorization, ProblemJson]]) -> ProblemJson:
    parts = [subproblem(authorization.covers, problem) for authorization, problem in reasons]
    if len(reasons) == 1:
        return {**reasons[0][1], "subproblems": parts}
    detail = f"{len(parts)} identifiers of the order are not authorized"
    return Refusal("compound", detail, 403, subproblems=parts).document()
