"""Asking the CA when a certificate should be renewed (RFC 9773), and remembering the answer.

Nothing here ever stops a renewal: a CA that cannot be asked counts as one without renewal information.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Final

from everseal.acme.ari import certificate_id
from everseal.acme.client import Client
from everseal.acme.problems import AcmeError
from everseal.model.certificate import CertificateFacts
from everseal.model.errors import Interrupted, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage
from everseal.planning.due import SuggestedWindow
from everseal.planning.own_section import wants_quiet
from everseal.planning.suggestion import (
    Suggestion,
    ask_again_at,
    read_suggestion,
    suggestion_sections,
    unanswered,
)
from everseal.ports import Store
from everseal.system.http import ConnectionBroken, HttpFailure, TimedOut, Unreachable

_MOST_FAILURES: Final = 3


@dataclass(frozen=True, slots=True)
class Advice:
    """What the CA suggests for a lineage's certificate; ``fresh`` when it was asked just now."""

    suggestion: Suggestion
    fresh: bool


def remembered_advice(lineage: Lineage, *, now: datetime) -> Advice | None:
    """What the renewal file says of an earlier answer, however old; None for an expired certificate."""
    facts = lineage.certificate
    if facts.is_expired(now):
        return None
    remembered = read_suggestion(lineage.sections, certificate_id(facts))
    return None if remembered is None else Advice(remembered, fresh=False)


class _Standing:
    """How a CA has answered so far in this run.  Until it has, it is asked one question at a time."""

    def __init__(self) -> None:
        self._failures = 0
        self._was_heard = False
        self._lock = threading.Lock()

    @property
    def is_silent(self) -> bool:
        return self._failures >= _MOST_FAILURES

    def turn(self) -> AbstractContextManager[object]:
        return nullcontext() if self._was_heard else self._lock

    def heard(self) -> None:
        self._was_heard, self._failures = True, 0

    def failed(self, failures: int = 1) -> None:
        self._failures += failures


class Counsel:
    """What one run asks of CAs, from any number of threads.

    A CA whose directory cannot be had, or that leaves three questions in a row without an answer, is not
    asked again in the same run: ten thousand lineages would wait for it one after the other.
    """

    def __init__(self) -> None:
        self._standings: dict[str, _Standing] = {}

    def advice(self, lineage: Lineage, client: Client, *, now: datetime) -> Advice | None:
        """The remembered suggestion while the CA does not want to be asked, else a fresh one.

        None when the CA has no renewal information, or none is known, or the certificate is past its end.
        """
        identifier = certificate_id(lineage.certificate)
        if identifier is None or lineage.certificate.is_expired(now):
            return None
        remembered = read_suggestion(lineage.sections, identifier)
        if remembered is not None and wants_quiet(remembered.ask_again, now=now):
            return Advice(remembered, fresh=False)
        standing = self._standings.setdefault(client.directory_url, _Standing())
        with standing.turn():
            if standing.is_silent:
                return None if remembered is None else Advice(remembered, fresh=False)
            try:
                if not _offers(client, standing):
                    return None
                return Advice(_ask(lineage.certificate, identifier, client, standing, now), fresh=True)
            except Interrupted:
                raise
            except OperatorError as error:
                known = _without_answer(error, remembered, lineage.certificate, identifier, now)
                return Advice(known, fresh=True)

    def first_advice(self, lineage: Lineage, client: Client, store: Store, *, now: datetime) -> None:
        """Ask about a certificate that was just issued (RFC 9773 section 4.3), and keep the answer."""
        given = self.advice(lineage, client, now=now)
        if given is not None:
            remember(lineage, given, store)


def remember(lineage: Lineage, given: Advice, store: Store) -> None:
    """Keep a fresh suggestion in the renewal file, if the lineage is free and still has that certificate.

    Where it cannot be kept the CA is asked again next time.
    """
    if not given.fresh:
        return
    try:
        with store.lock(lineage.name, wait=0.0):
            present = store.load(lineage.name)
            if certificate_id(present.certificate) == given.suggestion.certificate_id:
                sections = suggestion_sections(given.suggestion, present.sections)
                store.save_parameters(lineage.name, sections=sections)
    except Interrupted:
        raise
    except OperatorError:
        return


def _offers(client: Client, standing: _Standing) -> bool:
    try:
        return client.offers_renewal_info()
    except OperatorError:
        standing.failed(_MOST_FAILURES)
        raise


def _ask(
    facts: CertificateFacts, identifier: str, client: Client, standing: _Standing, now: datetime
) -> Suggestion:
    try:
        info = client.renewal_info(facts)
    except OperatorError as error:
        if isinstance(error, HttpFailure) or _is_temporary(error):
            standing.failed()
        else:
            standing.heard()
        raise
    standing.heard()
    window = SuggestedWindow(info.window.start, info.window.end, info.explanation_url)
    return Suggestion(identifier, ask_again_at(now, info.retry_after, lifetime=facts.lifetime), window)


def _without_answer(
    error: OperatorError,
    remembered: Suggestion | None,
    facts: CertificateFacts,
    identifier: str,
    now: datetime,
) -> Suggestion:
    return unanswered(
        remembered,
        identifier,
        temporary=_is_temporary(error),
        lifetime=facts.lifetime,
        now=now,
        asked=error.retry_at if isinstance(error, AcmeError) else None,
    )


def _is_temporary(error: OperatorError) -> bool:
    """A timeout, a lost connection or a 5xx (RFC 9773 section 4.3.3)."""
    match error:
        case AcmeError():
            return error.problem.status is not None and error.problem.status >= 500
        case TimedOut() | ConnectionBroken() | Unreachable():
            return True
        case _:
            return False
