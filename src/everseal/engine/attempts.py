"""One certificate, from the first CA that issues it: the CAs of a plan's action in their order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from everseal.engine.account import RegistrationFailed, account_for
from everseal.engine.issue import Issued
from everseal.engine.permission import CaaForbids, demand_permission
from everseal.engine.subset import issue_what_is_possible
from everseal.engine.tools import Tools, Workshop
from everseal.engine.troubles import trouble_of
from everseal.model.errors import Interrupted, OperatorError
from everseal.model.events import Warned
from everseal.planning.plan import Issue, RegisterAccount, Trouble
from everseal.system.http import HttpFailure

_WHAT_IT_DOES: Final[dict[Trouble, str]] = {
    "down": "is down",
    "limits": "has had enough for now",
    "refusal": "refuses",
}


def issue_somewhere(action: Issue, tools: Tools, shop: Workshop) -> Issued:
    """Obtain the certificate from the action's CA, or else from the first of its fallbacks that issues it.

    A failure that is none of the CA's ends it at once, and so does one that ``fallback_on`` does not name.
    Raises the error of the last CA that could be asked; those before it were told as warnings.
    """
    attempts = action.attempts
    if len(attempts) == 1:
        return issue_what_is_possible(action, tools, shop)
    first: OperatorError | None = None
    for attempt, following in pairwise(attempts):
        try:
            _demand_that_it_was_there(attempt.server, shop)
            return _issue_at(attempt, tools if attempt is action else shop.tools_for(attempt), shop)
        except Interrupted:
            raise
        except OperatorError as error:
            trouble = _trouble(error, attempt, action)
            if trouble is None:
                raise
            if isinstance(error, HttpFailure):
                shop.outages.note(attempt.server, error, at=shop.clock.monotonic())
            shop.emit(Warned(_passing_over(attempt, following, trouble, error)))
            first = first or error
    try:
        return _issue_at(attempts[-1], shop.tools_for(attempts[-1]), shop)
    except (RegistrationFailed, CaaForbids) as error:
        # It could not even be asked: what counts is why the first did not issue.
        shop.emit(Warned(_unusable(attempts[-1].server, error)))
        raise first or error from error


def stand_by(actions: Sequence[Issue], shop: Workshop) -> None:
    """Open the accounts that fallbacks lack, while somebody may be there to agree to their terms.

    A fallback without an account is of no use in the night; what is in the way is said, and stops nothing.
    """
    hindered = {each.server: each.hindrance for action in actions for each in action.fallbacks}
    for server, hindrance in hindered.items():
        if hindrance is not None:
            shop.emit(Warned(f"the fallback {server} cannot be used: {hindrance}"))
    lacking = {
        attempt.server: attempt
        for action in actions
        for attempt in action.attempts[1:]
        if isinstance(attempt.account, RegisterAccount)
    }
    for server, attempt in lacking.items():
        try:
            account_for(attempt.account, server, shop.tools_for(attempt), shop)
        except Interrupted:
            raise
        except OperatorError as error:
            shop.emit(Warned(_unusable(server, error)))


def _issue_at(attempt: Issue, tools: Tools, shop: Workshop) -> Issued:
    demand_permission(attempt, tools, shop)
    return issue_what_is_possible(attempt, tools, shop)


def _demand_that_it_was_there(server: str, shop: Workshop) -> None:
    error = shop.outages.error(server, at=shop.clock.monotonic())
    if error is not None:
        raise error


def _trouble(error: OperatorError, attempt: Issue, action: Issue) -> Trouble | None:
    """What is the matter with the CA, if another one is asked because of it.

    A fallback where no account could be opened is passed over whatever the reason.
    """
    if attempt is not action and isinstance(error, RegistrationFailed):
        return "refusal"
    trouble = trouble_of(error)
    return trouble if trouble in action.fallback_on else None


def _unusable(server: str, error: OperatorError) -> str:
    return f"the fallback {server} cannot be used yet: {error.message} (to mend it: {error.remedy})"


def _passing_over(attempt: Issue, following: Issue, trouble: Trouble, error: OperatorError) -> str:
    return (
        f"{attempt.name}: {attempt.server} {_WHAT_IT_DOES[trouble]}, so {following.server} is asked: "
        f"{error.message}"
    )
