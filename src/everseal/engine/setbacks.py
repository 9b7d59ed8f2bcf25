"""Remembering that an order failed, so that unattended runs wait before the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from everseal.acme.problems import AcmeError
from everseal.engine.account import RegistrationFailed
from everseal.engine.clocks import ClockWrong
from everseal.engine.tools import Workshop
from everseal.model.errors import Interrupted, OperatorError, StoreUnusable
from everseal.model.events import WentAhead
from everseal.model.lineage import Lineage
from everseal.planning.plan import Issue
from everseal.planning.refusals import WouldBeRefused
from everseal.planning.setback import after_failure
from everseal.system.http import HttpFailure


@contextmanager
def counted(action: Issue, present: Lineage | None, shop: Workshop) -> Iterator[None]:
    """Around an order: what fails in it is remembered, what succeeds ends the waiting.

    A CA that gave no answer is waited for too, though never for long.  A clock that is wrong, a disk of ours
    that fails, a run that is stopped, an order that was not placed, a rehearsal and a lineage's first
    certificate cost no waiting.
    """
    if shop.setbacks is None or present is None or action.dry_run:
        yield
        return
    facts = present.certificate
    before = shop.setbacks.setback(action.name)
    if before is not None and not before.holds(facts.serial, now=shop.clock.now()):
        before = None
    if before is not None and shop.clock.now() < before.retry_at:
        shop.emit(WentAhead(action.name, before.failures, before.retry_at))
    try:
        yield
    except (ClockWrong, Interrupted, StoreUnusable, WouldBeRefused):
        raise
    except OperatorError as error:
        setback = after_failure(
            before,
            serial=facts.serial,
            lifetime=facts.lifetime,
            now=shop.clock.now(),
            asked=error.retry_at if isinstance(error, AcmeError | RegistrationFailed) else None,
            unanswered=isinstance(error, HttpFailure),
            message=error.message,
        )
        shop.setbacks.note_setback(action.name, setback)
        raise
    if before is not None:
        shop.setbacks.forget_setback(action.name)
