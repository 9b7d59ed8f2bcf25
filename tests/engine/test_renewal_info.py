"""Asking CAs about renewals: how often, what is kept, and that a CA in trouble holds nobody up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from everseal.acme.client import Client
from everseal.acme.jws import b64url
from everseal.engine.renewal_info import Advice, Counsel, remember
from everseal.model.errors import Busy, Interrupted, OperatorError
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.planning.due import SuggestedWindow
from everseal.planning.suggestion import Suggestion, read_suggestion, suggestion_sections, suggestion_texts
from everseal.store.memory import MemoryStore
from everseal.system.http import ConnectionRefused, TimedOut, Unreachable
from tests.acme.fake_ca import DIRECTORY, DIRECTORY_URL, NOON, ROOT, FakeCa, HighRandom, Reply, problem, reply
from tests.planning.samples import END, make_lineage

ID = "c2FtcGxl.Ki4"
HOUR = timedelta(hours=1)
WINDOW = SuggestedWindow(END - 30 * 24 * HOUR, END - 29 * 24 * HOUR, "https://ca.example/why")
ANSWER = {
    "suggestedWindow": {"start": WINDOW.start.isoformat(), "end": WINDOW.end.isoformat()},
    "explanationURL": WINDOW.explanation_url,
}
HELD_BACK = TimedOut("ca.example", 10)


def lineage(
    name: str = "a.example", *, suggestion: Suggestion | None = None, serial: bytes = b"*."
) -> Lineage:
    """With an ARI identifier, and what is remembered of an earlier answer."""
    made = make_lineage(name)
    facts = replace(made.certificate, authority_key_id=b"sample", serial_octets=serial)
    sections = {} if suggestion is None else suggestion_sections(suggestion, {})
    return replace(made, certificate=facts, sections=sections)


def identifier(number: int) -> str:
    """Of the certificate whose serial number is this octet."""
    return f"{ID.partition('.')[0]}.{b64url(bytes([number]))}"


class Book:
    """Keeps answers in memory."""

    def __init__(self) -> None:
        self.answers: dict[str, Mapping[str, str]] = {}
        self.worthless_at: dict[str, float] = {}

    def of(self, certificate_id: str) -> Mapping[str, str] | None:
        return self.answers.get(certificate_id)

    def keep(self, answers: Iterable[tuple[Mapping[str, str], float]], *, now: float) -> None:
        for texts, worthless_at in answers:
            self.answers[texts["ari_certificate"]] = texts
            self.worthless_at[texts["ari_certificate"]] = worthless_at


def ca_saying(*replies: Reply) -> FakeCa:
    ca = FakeCa()
    ca.on(f"{ROOT}/ari/{ID}", *replies)
    return ca


def asked(ca: FakeCa) -> int:
    return sum("/ari/" in each for each in ca.requests)


def ask(ca: FakeCa, known: Lineage, counsel: Counsel | None = None, now: datetime = NOON) -> Advice | None:
    return (counsel or Counsel(Book())).advice(known, ca.client(), now=now)


def test_an_answer_holds_until_the_ca_wants_to_be_asked_again() -> None:
    ca = ca_saying(reply(200, ANSWER, Retry_After="7200"))
    given = ask(ca, lineage())
    assert given == Advice(Suggestion(ID, NOON + 2 * HOUR, WINDOW), fresh=True)
    known = lineage(suggestion=given.suggestion)
    early = ask(ca, known, now=NOON + 2 * HOUR - timedelta(seconds=1))
    assert early == Advice(given.suggestion, fresh=False)
    assert asked(ca) == 1
    late = ask(ca, known, now=NOON + 2 * HOUR)
    assert late == Advice(Suggestion(ID, NOON + 4 * HOUR, WINDOW), fresh=True)


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (HELD_BACK, [1, 2, 4, 8, 16, 32, 360, 360]),
        (Unreachable("ca.example", "nobody answers"), [1, 2, 4, 8, 16, 32, 360, 360]),
        (problem(500, "serverInternal"), [1, 2, 4, 8, 16, 32, 360, 360]),
        (reply(502, b"<html>"), [1, 2, 4, 8, 16, 32, 360, 360]),
        (ConnectionRefused("ca.example"), [360, 360]),
        (problem(404, "malformed"), [360, 360]),
        (reply(200, {"suggestedWindow": {}}), [360, 360]),
        (problem(429, "rateLimited"), [360, 360]),
        (problem(429, "rateLimited", Retry_After="36000"), [600, 600]),
        (problem(429, "rateLimited", Retry_After="3600000"), [24 * 60]),
        (problem(503, "serverInternal", Retry_After="300"), [5, 5, 5, 8]),
    ],
)
def test_failures_wait_longer_and_longer_and_keep_the_last_window(answer: Reply, waits: list[int]) -> None:
    ca, now = ca_saying(answer), NOON
    known = lineage(suggestion=Suggestion(ID, NOON, WINDOW))
    for count, minutes in enumerate(waits, 1):
        given = ask(ca, known, now=now)
        ca.clock.passed += minutes * 60
        now += timedelta(minutes=minutes)
        assert given == Advice(Suggestion(ID, now, WINDOW, count), fresh=True)
        known = lineage(suggestion=given.suggestion)
    assert asked(ca) == len(waits)


def test_an_answer_ends_the_failures() -> None:
    ca = ca_saying(reply(200, ANSWER, Retry_After="60"))
    given = ask(ca, lineage(suggestion=Suggestion(ID, NOON, None, 4)))
    assert given is not None
    assert given.suggestion.failures == 0


def test_a_short_lived_certificate_does_not_wait_six_hours() -> None:
    brief = lineage()
    facts = replace(brief.certificate, not_before=NOON - HOUR / 60, not_after=NOON + HOUR / 12)
    given = ask(ca_saying(problem(404, "malformed")), replace(brief, certificate=facts))
    assert given is not None
    assert given.suggestion.ask_again == NOON + timedelta(seconds=18)


def test_nothing_is_asked_about_an_expired_certificate() -> None:
    ca = ca_saying(reply(200, ANSWER))
    known = lineage(suggestion=Suggestion(ID, NOON, WINDOW))
    assert ask(ca, known, now=END) is None
    assert Counsel(Book()).remembered(known, now=END) is None
    assert ca.requests == []


def test_nothing_is_asked_of_a_ca_without_renewal_information() -> None:
    ca = ca_saying(reply(200, ANSWER))
    ca.on(DIRECTORY_URL, reply(200, {key: url for key, url in DIRECTORY.items() if key != "renewalInfo"}))
    counsel = Counsel(Book())
    known = lineage(suggestion=Suggestion(ID, NOON, WINDOW))
    assert ask(ca, known, counsel) is None
    assert asked(ca) == 0


def test_a_certificate_without_an_issuer_key_is_not_asked_about() -> None:
    ca = FakeCa()
    assert ask(ca, make_lineage("a.example")) is None
    assert ca.requests == []


def test_what_is_remembered_without_asking() -> None:
    old = Suggestion(ID, NOON - 100 * HOUR, WINDOW)
    assert Counsel(Book()).remembered(lineage(suggestion=old), now=NOON) == Advice(old, fresh=False)
    assert Counsel(Book()).remembered(lineage(), now=NOON) is None


@pytest.mark.parametrize(
    "answer", [HELD_BACK, ConnectionRefused("ca.example"), problem(500, "serverInternal")]
)
def test_a_silent_ca_is_asked_three_times_in_a_run(answer: Reply) -> None:
    ca, counsel = FakeCa(), Counsel(Book())
    client = ca.client()
    given = []
    for number in range(9):
        ca.on(f"{ROOT}/ari/{identifier(number)}", answer)
        old = Suggestion(identifier(number), NOON, WINDOW)
        asked_about = lineage(suggestion=old, serial=bytes([number]))
        given.append(counsel.advice(asked_about, client, now=NOON))
    assert [each is not None and each.fresh for each in given] == [True] * 3 + [False] * 6
    assert given[-1] == Advice(old, fresh=False)
    assert asked(ca) == 3
    assert ca.clock.sleeps == []


def test_one_certificate_that_the_ca_stumbles_over_costs_the_others_nothing() -> None:
    ca, counsel = FakeCa(), Counsel(Book())
    client = ca.client()
    trouble, settled = problem(500, "serverInternal"), problem(404, "malformed")
    replies = [trouble, reply(200, ANSWER), trouble, *[settled] * 5]
    for number, each in enumerate(replies):
        ca.on(f"{ROOT}/ari/{identifier(number)}", each)
        given = counsel.advice(lineage(serial=bytes([number])), client, now=NOON)
        assert given is not None
        assert given.fresh


def test_a_directory_that_cannot_be_had_is_asked_for_once_in_a_run() -> None:
    ca, counsel = FakeCa(), Counsel(Book())
    ca.on(DIRECTORY_URL, TimedOut("ca.example", 60))
    client = ca.client()
    for _ in range(5):
        counsel.advice(lineage(), client, now=NOON)
    assert ca.requests == ["GET /directory"]


def test_an_interruption_is_no_answer() -> None:
    class Stopped(Client):
        def offers_renewal_info(self) -> bool:
            raise Interrupted

    ca = FakeCa()
    client = Stopped(
        DIRECTORY_URL, transport=ca, clock=ca.clock, random=HighRandom(), user_agent="everseal-test/1"
    )
    with pytest.raises(Interrupted):
        Counsel(Book()).advice(lineage(), client, now=NOON)


def test_a_ca_is_asked_about_a_certificate_once_in_a_run() -> None:
    ca, counsel = ca_saying(reply(200, ANSWER, Retry_After="7200")), Counsel(Book())
    given = [counsel.advice(lineage(), ca.client(), now=NOON) for _ in range(2)]
    assert [each is not None and each.fresh for each in given] == [True, False]
    assert asked(ca) == 1


def test_answers_are_kept_together_and_the_next_run_knows_them() -> None:
    ca, book = ca_saying(reply(200, ANSWER, Retry_After="7200")), Book()
    counsel = Counsel(book)
    given = ask(ca, lineage(), counsel)
    assert given is not None
    counsel.keep(now=NOON, least=2)
    assert book.answers == {}
    counsel.keep(now=NOON)
    assert read_suggestion(book.answers[ID], ID) == given.suggestion
    assert book.worthless_at == {ID: (NOON + 2 * HOUR + 7 * 24 * HOUR).timestamp()}
    assert ask(ca, lineage(), Counsel(book)) == Advice(given.suggestion, fresh=False)
    assert asked(ca) == 1


def test_an_answer_is_worthless_when_its_certificate_has_ended() -> None:
    book = Book()
    counsel = Counsel(book)
    now = END - HOUR
    ask(ca_saying(problem(404, "malformed")), lineage(), counsel, now=now)
    counsel.keep(now=now)
    assert book.worthless_at == {ID: END.timestamp()}


@pytest.mark.parametrize("kept_hours", [-100, -1, 1, 5, 30])
@pytest.mark.parametrize("file_hours", [-100, -2, 2, 4, 40])
def test_of_file_and_book_the_later_answer_counts(kept_hours: int, file_hours: int) -> None:
    """What holds for more than a day is not believed, unless there is nothing else."""
    in_file = Suggestion(ID, NOON + file_hours * HOUR, WINDOW, 2)
    in_book = Suggestion(ID, NOON + kept_hours * HOUR, None, 1)
    book = Book()
    book.keep([(suggestion_texts(in_book), 0.0)], now=0.0)
    believed = [each for each in (in_file, in_book) if each.ask_again <= NOON + 24 * HOUR]
    later = max(believed or [in_file, in_book], key=lambda each: each.ask_again)
    known = lineage(suggestion=in_file)
    assert Counsel(book).remembered(known, now=NOON) == Advice(later, fresh=False)


class Shelf(MemoryStore):
    """Keeps one lineage, perhaps locked or not writable."""

    def __init__(self, present: Lineage, failure: OperatorError | None = None) -> None:
        self.present = present
        self.failure = failure
        self.saved: list[Any] = []

    @contextmanager
    def lock(self, name: CertificateName, *, wait: float) -> Iterator[None]:
        assert wait == 0
        if self.failure is not None:
            raise self.failure
        yield

    def load(self, name: CertificateName) -> Lineage:
        return self.present

    def save_parameters(self, name: CertificateName, **more: Any) -> None:
        self.saved.append(more["sections"])


FRESH = Advice(Suggestion(ID, NOON + HOUR, WINDOW, 2), fresh=True)


def test_a_fresh_answer_is_kept() -> None:
    shelf = Shelf(lineage())
    remember(shelf.present, FRESH, shelf)
    (sections,) = shelf.saved
    assert read_suggestion(sections["everseal"], ID) == FRESH.suggestion
    remember(shelf.present, replace(FRESH, fresh=False), shelf)
    assert len(shelf.saved) == 1


def test_an_answer_about_a_certificate_that_was_replaced_meanwhile_is_not_kept() -> None:
    before = lineage()
    after = replace(before, certificate=replace(before.certificate, serial_octets=b"other"))
    shelf = Shelf(after)
    remember(before, FRESH, shelf)
    assert shelf.saved == []


def test_an_interruption_ends_the_remembering_too() -> None:
    shelf = Shelf(lineage(), Interrupted())
    with pytest.raises(Interrupted):
        remember(shelf.present, FRESH, shelf)


def test_a_lineage_that_another_run_works_on_stops_nothing() -> None:
    shelf = Shelf(lineage(), Busy("busy", remedy="wait"))
    remember(shelf.present, FRESH, shelf)
    assert shelf.saved == []
