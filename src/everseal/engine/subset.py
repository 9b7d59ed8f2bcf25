"""Going on without the names that the CA refuses, where the operator allows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from everseal.acme.problems import AcmeError
from everseal.engine.issue import Issued, issue
from everseal.engine.tools import Tools, Workshop
from everseal.model.events import NamesDropped
from everseal.model.names import Identifier
from everseal.planning.plan import Issue

T = TypeVar("T")


def issue_what_is_possible(action: Issue, tools: Tools, shop: Workshop) -> Issued:
    """Obtain the certificate, with ``--allow-subset-of-names`` for the names the CA takes.

    Raises OperatorError as :func:`everseal.engine.issue.issue` does; the first one when no name is
    left.
    """

    def attempt(identifiers: tuple[Identifier, ...]) -> Issued:
        return issue(action, identifiers, tools, shop)

    def tell(dropped: tuple[Identifier, ...]) -> None:
        shop.emit(NamesDropped(action.name, dropped))

    # The names in an operator's own signing request cannot be changed here.
    if not action.allow_subset or action.options.csr_der is not None:
        return attempt(action.identifiers)
    return for_those_accepted(action.identifiers, attempt, tell)


def for_those_accepted(
    identifiers: tuple[Identifier, ...],
    attempt: Callable[[tuple[Identifier, ...]], T],
    tell: Callable[[tuple[Identifier, ...]], None],
) -> T:
    """The first attempt that succeeds, each without the names that the one before was refused.

    Every round drops a name at least, so it ends.  Raises an error that blames no name at once, and
    the first one when no name is left.
    """
    first: AcmeError | None = None
    while True:
        try:
            return attempt(identifiers)
        except AcmeError as error:
            first = first or error
            dropped = refused(error, identifiers)
            if not dropped:
                raise
            identifiers = tuple(each for each in identifiers if each not in dropped)
            if not identifiers:
                raise first from None
        tell(dropped)


def refused(error: AcmeError, identifiers: Collection[Identifier]) -> tuple[Identifier, ...]:
    """Those of ``identifiers`` that the CA blames, in their order.

    An authorization names a wildcard without its ``*.`` (RFC 8555 section 7.1.4), so a blamed name
    that was not ordered means its wildcard.
    """
    blamed = set(_blamed(error))
    exact = tuple(each for each in identifiers if each in blamed)
    unexplained = blamed.difference(exact)
    meant = {each for each in identifiers if each.is_wildcard and each.base in unexplained}
    return tuple(each for each in identifiers if each in meant or each in blamed)


def _blamed(error: AcmeError) -> Iterator[Identifier]:
    for problem in (error.problem, *error.problem.subproblems):
        if problem.identifier is not None:
            yield problem.identifier
