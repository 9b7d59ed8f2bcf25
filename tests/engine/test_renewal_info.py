"""Asking CAs about renewals: how often, what is kept, and that a CA in trouble holds nobody up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from everseal.acme.client import Client
from everseal.engine.renewal_info import Advice, Counsel, remember, remembered_advice
from everseal.model.errors import Busy, Interrupted, OperatorError
from everseal.model.lineage import Lineage
from everseal.model.names import CertificateName
from everseal.planning.due import SuggestedWindow
from everseal.planning.suggestion import Suggestion, read_suggestion, suggestion_sections
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


def lineage(name: str = "a.example", *, suggestion: Suggestion | None = None) -> Lineage:
    """With an ARI identifier, and what is remembered of an earlier answer."""
    made = make_lineage(name)
    facts = replace(made.certificate, authority_key_id=b"sample", serial_octets=b"*.")
    sections = {} if suggestion is None else suggestion_sections(suggestion, {})
    return replace(made, certificate=facts, sections=sections)


def ca_saying(*replies: Reply) -> FakeCa:
    ca = FakeCa()
    ca.on(f"{ROOT}/ari/{ID}", *replies)
    return ca


def asked(ca: FakeCa) -> int:
    return sum("/ari/" in each for each in ca.requests)


def ask(ca: FakeCa, known: Lineage, counsel: Counsel | None = None, now: datetime = NOON) -> Advice | None:
    return (counsel or Counsel()).advice(known, ca.client(), now=now)


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
    assert remembered_advice(known, now=END) is None
    assert ca.requests == []


def test_nothing_is_asked_of_a_ca_without_renewal_information() -> None:
    ca = ca_saying(reply(200, ANSWER))
    ca.on(DIRECTORY_URL, reply(200, {key: url for key, url in DIRECTORY.items() if key != "renewalInfo"}))
    counsel = Counsel()
    known = lineage(suggestion=Suggestion(ID, NOON, WINDOW))
    assert ask(ca, known, counsel) is None
    assert asked(ca) == 0


def test_a_certificate_without_an_issuer_key_is_not_asked_about() -> None:
    ca = FakeCa()
    assert ask(ca, make_lineage("a.example")) is None
    assert ca.requests == []


def test_what_is_remembered_without_asking() -> None:
    old = Suggestion(ID, NOON - 100 * HOUR, WINDOW)
    assert remembered_advice(lineage(suggestion=old), now=NOON) == Advice(old, fresh=False)
    assert remembered_advice(lineage(), now=NOON) is None


@pytest.mark.parametrize(
    "answer", [HELD_BACK, ConnectionRefused("ca.example"), problem(500, "serverInternal")]
)
def test_a_silent_ca_is_asked_three_times_in_a_run(answer: Reply) -> None:
    ca, counsel = ca_saying(answer), Counsel()
    client = ca.client()
    old = Suggestion(ID, NOON, WINDOW)
    given = [counsel.advice(lineage(suggestion=old), client, now=NOON) for _ in range(9)]
    assert [each is not None and each.fresh for each in given] == [True] * 3 + [False] * 6
    assert given[-1] == Advice(old, fresh=False)
    assert asked(ca) == 3
    assert ca.clock.sleeps == []


def test_one_certificate_that_the_ca_stumbles_over_costs_the_others_nothing() -> None:
    ca = ca_saying(problem(500, "serverInternal"), reply(200, ANSWER), problem(500, "serverInternal"))
    counsel, client = Counsel(), ca.client()
    counts = [counsel.advice(lineage(), client, now=NOON) for _ in range(3)]
    ca.on(f"{ROOT}/ari/{ID}", problem(404, "malformed"))
    counts += [counsel.advice(lineage(), client, now=NOON) for _ in range(5)]
    assert all(each is not None and each.fresh for each in counts)


def test_a_directory_that_cannot_be_had_is_asked_for_once_in_a_run() -> None:
    ca, counsel = FakeCa(), Counsel()
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
        Counsel().advice(lineage(), client, now=NOON)


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

    def save_parameters(self, name: CertificateName, **more: Any) -> Lineage:
        self.saved.append(more["sections"])
        return self.present


FRESH = Advice(Suggestion(ID, NOON + HOUR, WINDOW, 2), fresh=True)


def test_a_fresh_answer_is_kept() -> None:
    shelf = Shelf(lineage())
    remember(shelf.present, FRESH, shelf)
    (sections,) = shelf.saved
    assert read_suggestion(sections, ID) == FRESH.suggestion
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
