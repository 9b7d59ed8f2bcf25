"""Asking CAs about many certificates at once, without making lineages of them.

A CA takes questions about renewals faster than orders, and an answer is one round trip away: so more of them
are under way together than anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from everseal.acme.client import Client
from everseal.acme.pacing import MOST_QUESTIONS
from everseal.engine.renewal_info import Question
from everseal.model.errors import Interrupted, OperatorError
from everseal.model.names import CertificateName
from everseal.planning.moments import lifetime_of
from everseal.planning.suggestion import read_suggestion
from everseal.wiring.candidate import Candidate, Heard, Rest
from everseal.wiring.house import House
from everseal.wiring.parallel import Crew
from everseal.wiring.rollcall import RollCall

_KEPT_AT_ONCE: Final = 1000


def ask_about(roll: RollCall, house: House, *, keeps: bool) -> None:
    """Ask about the candidates of a roll call; those that rest by what the CAs say are resting then.

    With ``keeps`` the answers are kept as they come, so that a run that is killed has asked few in vain.
    What does not rest, or goes wrong, is left to whoever looks at the lineage more closely.
    """
    inquiry = _Inquiry(house, keeps=keeps)
    try:
        for names in _by_way(roll.asking):
            inquiry.ask({name: roll.asking[name] for name in names})
    finally:
        inquiry.keep(least=1)
        roll.answered(inquiry.resting)


def _by_way(asking: Mapping[str, Candidate]) -> Sequence[Sequence[str]]:
    """Those together whose CA is reached in the same way."""
    found = defaultdict(list)
    for name, each in asking.items():
        found[each.server, each.reach].append(name)
    return list(found.values())


class _Inquiry:
    """What is asked in one run; ``resting`` has of those that rest what a roll call learns."""

    def __init__(self, house: House, *, keeps: bool) -> None:
        self._house = house
        self._keeps = keeps
        self._clock = house.surroundings.clock
        self._secret = house.machine_secret()
        self._crew = Crew(MOST_QUESTIONS - 1, "question")
        self.resting: dict[str, Rest] = {}

    def ask(self, candidates: Mapping[str, Candidate]) -> None:
        """About certificates whose CA is reached in the same way."""
        name = next(iter(candidates))
        client = self._client(name, candidates[name])
        if client is not None:
            self._crew(lambda each: self._ask(each, candidates[each], client), candidates)

    def keep(self, *, least: int) -> None:
        if self._keeps:
            self._house.counsel.keep(now=self._clock.now(), least=least)

    def _client(self, name: str, candidate: Candidate) -> Client | None:
        try:
            settings = self._house.restored(self._house.store.load(CertificateName(name)))
            return self._house.clients.client(settings.with_values({"server": candidate.server}))
        except Interrupted:
            raise
        except OperatorError:
            return None

    def _ask(self, name: str, candidate: Candidate, client: Client) -> None:
        now = self._clock.now()
        identifier = candidate.identifier
        if identifier is None or now >= candidate.end:
            return
        question = Question(
            identifier,
            candidate.end,
            lifetime_of(candidate.begin, candidate.end),
            read_suggestion(candidate.words, identifier),
        )
        given = self._house.counsel.ask(question, client, now=now)
        known = None if given is None else given.suggestion
        window = None if known is None else known.window
        heard = Heard(
            None if window is None else (window.start, window.end),
            None if window is None else window.explanation_url,
            now if known is None else known.ask_again,
            by_answer=True,
        )
        rest = candidate.rests(heard, self._secret, now=now)
        if rest is not None:
            self.resting[name] = rest
        self.keep(least=_KEPT_AT_ONCE)
