from __future__ import annotations

from everseal.cli.turns import Turns
from everseal.model.names import CertificateName

A, B, C = (CertificateName(text) for text in "abc")


class Heard:
    def __init__(self) -> None:
        self.turns = Turns()
        self.texts: list[str] = []

    def say(self, name: CertificateName | None, text: str) -> None:
        self.turns.say(name, self.texts.append, text)


def test_the_first_speaks_at_once_the_others_when_it_is_their_turn() -> None:
    heard = Heard()
    heard.turns.expect([A, B, C])
    heard.say(B, "b1")
    heard.say(A, "a1")
    heard.say(C, "c1")
    assert heard.texts == ["a1"]
    heard.turns.done(C)
    heard.turns.done(A)
    assert heard.texts == ["a1", "b1"]
    heard.say(B, "b2")
    assert heard.texts == ["a1", "b1", "b2"]
    heard.turns.done(B)
    assert heard.texts == ["a1", "b1", "b2", "c1"]


def test_what_is_about_no_lineage_waits_for_none() -> None:
    heard = Heard()
    heard.say(A, "before")
    heard.turns.expect([A, B])
    heard.say(None, "all")
    heard.say(B, "b")
    assert heard.texts == ["before", "all"]


def test_at_the_end_nothing_is_held_back() -> None:
    heard = Heard()
    heard.turns.expect([A, B, C])
    heard.say(C, "c")
    heard.say(B, "b")
    heard.turns.end()
    assert heard.texts == ["b", "c"]
    heard.say(C, "later")
    assert heard.texts[-1] == "later"
