"""Around the requests that a CA counts: not made where they would be refused, noted where they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from everseal.model.certificate import read_certificate
from everseal.model.errors import BadCertificate, Interrupted, OperatorError
from everseal.planning.limits import OrderAhead
from everseal.planning.refusals import CaSaid, WouldBeRefused
from everseal.system.http import HttpFailure

if TYPE_CHECKING:
    from everseal.acme.client import Account
    from everseal.acme.objects import Order
    from everseal.acme.orders import Verdicts
    from everseal.acme.problems import Problem
    from everseal.engine.tools import Workshop
    from everseal.model.pending import PendingOrder


def demand_room(order: OrderAhead, shop: Workshop) -> None:
    """Raises WouldBeRefused where the CA would surely refuse the order."""
    if shop.ledger is None or shop.despite_limits:
        return
    refusal = shop.ledger().forecast(order, now=shop.clock.now()).refusal
    if refusal is not None:
        raise WouldBeRefused(refusal)


def demand_quiet(server: str, shop: Workshop) -> None:
    """Raises WouldBeRefused where the CA wants to be asked nothing at all."""
    demand_room(OrderAhead(server, "", ()), shop)


@contextmanager
def refusals_noted(order: OrderAhead, shop: Workshop) -> Iterator[None]:
    """What the CA refuses in the block is remembered, for those that it concerns."""
    try:
        yield
    except OperatorError as error:
        problem: Problem | None = getattr(error, "problem", None)
        if shop.ledger is not None and problem is not None and _is_about_limits(problem):
            shop.ledger().note_refusal(order, _said(problem), now=shop.clock.now())
        raise


def sent_and_counted(ahead: OrderAhead, send: Callable[[], Order], shop: Workshop) -> Order:
    """Send an order and note it; it counts before it is sent, since a run may be killed before the answer.

    What the CA declines or never gets does not count; what may have reached it does.  A CA that did not
    take ``replaces`` grants no exemption for it.
    """
    if shop.ledger is None:
        return send()
    at = shop.clock.now()
    shop.ledger().note_sent(ahead, at=at)
    try:
        order = send()
    except OperatorError as error:
        if not _may_be_placed(error):
            shop.ledger().note_declined(ahead, at=at)
        raise
    placed = replace(ahead, ari=ahead.ari and order.replaces is not None)
    shop.ledger().note_order(placed, order.url, at=at)
    return order


def _may_be_placed(error: OperatorError) -> bool:
    """The order was perhaps on its way when this came between; any other error says that it was not taken."""
    return error.was_sent if isinstance(error, HttpFailure) else isinstance(error, Interrupted)


def note_resumed(ahead: OrderAhead, pending: PendingOrder, shop: Workshop) -> None:
    """The run that placed the order may have been killed before it could note it."""
    if shop.ledger is not None and pending.order_url is not None:
        shop.ledger().note_order(ahead, pending.order_url, at=pending.created, resumed=True)


def note_certificate(ahead: OrderAhead, chain_pem: bytes, shop: Workshop) -> None:
    """Also one that is not used: the CA has counted it."""
    if shop.ledger is not None:
        with suppress(BadCertificate):
            shop.ledger().note_certificate(ahead, read_certificate(chain_pem), now=shop.clock.now())


def note_proved(pending: PendingOrder, shop: Workshop) -> None:
    """Every name of the order."""
    if shop.ledger is not None:
        shop.ledger().note_proofs(_order_of(pending), proved=pending.identifiers, now=shop.clock.now())


def note_verdicts(pending: PendingOrder, verdicts: Verdicts, shop: Workshop) -> None:
    """What the CA found of each name of an order that came to nothing."""
    if shop.ledger is not None:
        shop.ledger().note_proofs(
            _order_of(pending), failed=verdicts.failed, proved=verdicts.proved, now=shop.clock.now()
        )


def note_account(server: str, account: Account, shop: Workshop) -> None:
    if shop.ledger is not None:
        shop.ledger().note_account(server, account.url, now=shop.clock.now())


def _order_of(pending: PendingOrder) -> OrderAhead:
    return OrderAhead(pending.server, pending.account_url, pending.identifiers)


def _is_about_limits(problem: Problem) -> bool:
    return problem.type == "rateLimited" or problem.status == HTTPStatus.SERVICE_UNAVAILABLE


def _said(problem: Problem) -> CaSaid:
    unavailable = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
    return CaSaid(problem.type, problem.detail, problem.retry_at, unavailable)
