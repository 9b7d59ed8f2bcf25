"""Asking the CA when a certificate should be renewed (RFC 9773), and remembering the answer.

Nothing here ever stops a renewal: a CA that cannot be asked counts as one without renewal information.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from everseal.acme.ari import certificate_id
from everseal.acme.client import Client
from everseal.acme.problems import AcmeError
from everseal.model.errors import Interrupted, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.lineage import Lineage
from everseal.planning.due import SuggestedWindow
from everseal.planning.own_section import OWN_SECTION, wants_quiet
from everseal.planning.suggestion import (
    Suggestion,
    ask_again_at,
    last_word,
    suggestion_sections,
    suggestion_texts,
    unanswered,
)
from everseal.ports import AnswerBook, Store
from everseal.system.http import ConnectionBroken, HttpFailure, TimedOut, Unreachable

_MOST_FAILURES: Final = 3
_MEMORY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Question:
    """What a CA is asked about one certificate: by its ARI identifier, with what is ``remembered`` of the
    CA's last answer."""

    certificate_id: str
    not_after: datetime
    lifetime: timedelta
    remembered: Suggestion | None


@dataclass(frozen=True, slots=True)
class Advice:
    """What the CA suggests for a lineage's certificate; ``fresh`` when it was asked just now."""

    suggestion: Suggestion
    fresh: bool


class _Standing:
    """How a CA has answered so far in this run.  Until it has, it is asked one question at a time."""

    def __init__(self) -> None:
        self._failures = 0
        self._was_heard = False
        self._lock = threading.Lock()

    @property
    def is_silent(self) -> bool:
        return self._failures >= _MOST_FAILURES

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Whoever waited for the first answer goes on with the others once it is there."""
        if not self._was_heard:
            with self._lock:
                if not self._was_heard:
                    yield
                    return
        yield

    def heard(self) -> None:
        self._was_heard, self._failures = True, 0

    def failed(self, failures: int = 1) -> None:
        self._failures += failures


class Counsel:
    """What one run asks of CAs, from any number of threads, and what is in ``book`` of earlier answers.

    A CA whose directory cannot be had, or that leaves three questions in a row without an answer, is not
    asked again in the same run: ten thousand lineages would wait for it one after the other.
    """

    def __init__(self, book: AnswerBook) -> None:
        self._book = book
        self._standings: dict[str, _Standing] = {}
        self._heard: dict[str, Suggestion] = {}
        self._unkept: list[tuple[Mapping[str, str], float]] = []
        self._lock = threading.Lock()

    def remembered(self, lineage: Lineage, *, now: datetime) -> Advice | None:
        """What is known of an earlier answer, however old; None for an expired certificate."""
        question = self._question(lineage, now)
        return (
            None
            if question is None or question.remembered is None
            else Advice(question.remembered, fresh=False)
        )

    def advice(self, lineage: Lineage, client: Client, *, now: datetime) -> Advice | None:
        """The remembered suggestion while the CA does not want to be asked, else a fresh one.

        None when the CA has no renewal information, or none is known, or the certificate is past its end.
        """
        question = self._question(lineage, now)
        if question is None:
            return None
        known = question.remembered
        if known is not None and wants_quiet(known.ask_again, now=now):
            return Advice(known, fresh=False)
        return self.ask(question, client, now=now)

    def ask(self, question: Question, client: Client, *, now: datetime) -> Advice | None:
        """Ask about a certificate that is not past its end; the answer is for :meth:`keep`.

        None when the CA has no renewal information, or is not asked any more and nothing is remembered.
        """
        given = self._ask(question, client, now)
        if given is not None and given.fresh:
            texts = suggestion_texts(given.suggestion)
            with self._lock:
                self._heard[question.certificate_id] = given.suggestion
                self._unkept.append((texts, _worthless_at(given.suggestion, question)))
        return given

    def keep(self, *, now: datetime, least: int = 1) -> None:
        """Write down the answers that were not yet, where there are ``least`` of them."""
        with self._lock:
            if len(self._unkept) < least:
                return
            answers, self._unkept = self._unkept, []
        self._book.keep(answers, now=now.timestamp())

    def first_advice(self, lineage: Lineage, client: Client, store: Store, *, now: datetime) -> None:
        """Ask about a certificate that was just issued (RFC 9773 section 4.3), and keep the answer in its
        renewal file, which was written a moment ago, for Certbot too."""
        question = self._question(lineage, now)
        given = None if question is None else self._ask(question, client, now)
        if given is not None:
            remember(lineage, given, store)

    def _question(self, lineage: Lineage, now: datetime) -> Question | None:
        facts = lineage.certificate
        identifier = certificate_id(facts)
        if identifier is None or facts.is_expired(now):
            return None
        own = lineage.sections.get(OWN_SECTION, {})
        known = self._heard.get(identifier) or last_word(own, identifier, self._book.of, now=now)
        return Question(identifier, facts.not_after, facts.lifetime, known)

    def _ask(self, question: Question, client: Client, now: datetime) -> Advice | None:
        standing = self._standings.setdefault(client.directory_url, _Standing())
        with standing.turn():
            if standing.is_silent:
                return None if question.remembered is None else Advice(question.remembered, fresh=False)
            try:
                if not _offers(client, standing):
                    return None
                return Advice(_answer(question, client, standing, now), fresh=True)
            except Interrupted:
                raise
            except OperatorError as error:
                return Advice(_without_answer(error, question, now), fresh=True)


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


def _answer(question: Question, client: Client, standing: _Standing, now: datetime) -> Suggestion:
    try:
        info = client.renewal_info(question.certificate_id, not_after=question.not_after)
    except OperatorError as error:
        if isinstance(error, HttpFailure) or _is_temporary(error):
            standing.failed()
        else:
            standing.heard()
        raise
    standing.heard()
    window = SuggestedWindow(info.window.start, info.window.end, info.explanation_url)
    again = ask_again_at(now, info.retry_after, lifetime=question.lifetime)
    return Suggestion(question.certificate_id, again, window)


def _without_answer(error: OperatorError, question: Question, now: datetime) -> Suggestion:
    return unanswered(
        question.remembered,
        question.certificate_id,
        temporary=_is_temporary(error),
        lifetime=question.lifetime,
        now=now,
        asked=error.retry_at if isinstance(error, AcmeError) else None,
    )


def _worthless_at(suggestion: Suggestion, question: Question) -> float:
    """In POSIX time: when the certificate has ended, or nobody has asked about it for long."""
    return min(question.not_after, suggestion.ask_again + _MEMORY).timestamp()


def _is_temporary(error: OperatorError) -> bool:
    """A timeout, a lost connection or a 5xx (RFC 9773 section 4.3.3)."""
    match error:
        case AcmeError():
            return error.problem.status is not None and error.problem.status >= 500
        case TimedOut() | ConnectionBroken() | Unreachable():
            return True
        case _:
            return False
