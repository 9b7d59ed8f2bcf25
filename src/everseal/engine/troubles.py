"""Which failures another CA may do better with, and which are ours wherever we ask.

An answer that will be the same everywhere (a proof that the CA could not see, a hook or a port of this
machine, a signing request that nobody takes) never leads to another CA: it would fail there too, and hide
what is to be mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from everseal.acme.orders import UNVERIFIED
from everseal.acme.polling import IssuanceTimeout
from everseal.acme.problems import AcmeError, BadAnswer, Problem
from everseal.engine.account import RegistrationFailed
from everseal.engine.permission import CaaForbids
from everseal.model.errors import OperatorError, Unsound
from everseal.planning.plan import Trouble
from everseal.planning.refusals import WouldBeRefused
from everseal.system.http import BadUrl, HttpFailure

_SERVER_ERROR: Final = 500
_DOWN: Final = frozenset({"serverInternal", "badNonce"})
_REFUSALS: Final = frozenset(
    {"accountDoesNotExist", "caa", "rejectedIdentifier", "unsupportedIdentifier", "userActionRequired"}
)
_REFUSALS_BEFORE_PROOF: Final = frozenset({*_REFUSALS, "unauthorized"})


def trouble_of(error: OperatorError) -> Trouble | None:
    """What is the matter with the CA; None where the matter is not with the CA.

    *down*: no answer, a 5xx, nonsense, no certificate in time or one that is not fit for use.  *limits*: too
    much was asked of it, or would be.  *refusal*: it does not issue for such names, its CAA records forbid
    it, or it does not serve this account (any more).
    """
    match error:
        case BadUrl():
            return None
        case HttpFailure() | IssuanceTimeout() | Unsound():
            return "down"
        case WouldBeRefused():
            return "limits"
        case CaaForbids():
            return "refusal"
        case RegistrationFailed(problem=Problem() as problem):
            return _of_problem(problem, proving=False)
        case AcmeError(problem=problem):
            if isinstance(error, BadAnswer):
                return "down"
            return _of_problem(problem, proving=error.context == UNVERIFIED)
        case _:
            return None


def _of_problem(problem: Problem, *, proving: bool) -> Trouble | None:
    """The problem's, or where it has several parts theirs if each is the CA's."""
    found = {_of_type(part, proving=proving) for part in _parts(problem)}
    if None in found:
        return None
    return "limits" if "limits" in found else "refusal" if "refusal" in found else "down"


def _parts(problem: Problem) -> Iterator[Problem]:
    if problem.subproblems:
        yield from problem.subproblems
    else:
        yield problem


def _of_type(problem: Problem, *, proving: bool) -> Trouble | None:
    if problem.type == "rateLimited":
        return "limits"
    if problem.type in _DOWN or (problem.status or 0) >= _SERVER_ERROR:
        return "down"
    return "refusal" if problem.type in (_REFUSALS if proving else _REFUSALS_BEFORE_PROOF) else None
