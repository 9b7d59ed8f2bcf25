"""A lineage that may rest: what a glance at its files has shown, and till when that lets it rest."""

from __future__ import annotations

from datetime import datetime

from everseal.model.epoch import microseconds
from everseal.planning.moments import first_due, makes_sense, not_yet_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from everseal.planning.own_section import Bounds


class Heard:
    """What a CA has said: its window, the page that explains it, and when it may be asked again.

    Without ``ask_again`` nothing is known of that, and the lineage rests for as long as it is not due.
    ``by_answer`` where it is kept with other answers, not in the renewal file.
    """

    __slots__ = ("ask_again", "bounds", "by_answer", "page")

    def __init__(
        self,
        bounds: Bounds | None = None,
        page: str | None = None,
        ask_again: datetime | None = None,
        *,
        by_answer: bool = False,
    ) -> None:
        self.bounds = bounds
        self.by_answer = by_answer
        self.page = page
        self.ask_again = ask_again


class Rest:
    """That a lineage rests: the entry of :mod:`everseal.wiring.rollcall` from ``WAKES`` on, and whether it
    stands and falls with what is kept of the CAs' answers."""

    __slots__ = ("by_answer", "told")

    def __init__(self, told: list[str], *, by_answer: bool) -> None:
        self.told = told
        self.by_answer = by_answer


class Candidate:
    """Plain facts; there may be ten thousand.

    ``server`` and ``identifier`` say whom to ask about it and how, ``reach`` with which settings of its own,
    and ``words`` is what the CA last said, by the keys of our section; ``by_answer`` where that does not
    stand in the renewal file.
    """

    __slots__ = (
        "before_expiry",
        "begin",
        "by_answer",
        "end",
        "fullchain",
        "identifier",
        "made_for_window",
        "names",
        "reach",
        "server",
        "words",
    )

    def __init__(
        self,
        *,
        begin: datetime,
        end: datetime,
        before_expiry: timedelta | None,
        made_for_window: bool,
        fullchain: str,
        names: str,
        server: str | None,
        identifier: str | None,
        reach: str,
        words: Mapping[str, object],
        by_answer: bool,
    ) -> None:
        self.begin = begin
        self.end = end
        self.before_expiry = before_expiry
        self.made_for_window = made_for_window
        self.fullchain = fullchain
        self.names = names
        self.server = server
        self.identifier = identifier
        self.reach = reach
        self.words = words
        self.by_answer = by_answer

    def rests(self, heard: Heard, secret: bytes, *, now: datetime, without_ari: str = "") -> Rest | None:
        """None where it is due.

        ``secret`` is this machine's; ``without_ari`` the CA that has no renewal information.
        """
        bounds = heard.bounds
        if bounds is not None and not secret:
            return None
        window = bounds if bounds is not None and makes_sense(*bounds, not_after=self.end) else None
        renew_at, rule = first_due(
            self.begin,
            self.end,
            window=window,
            key=secret + (self.identifier or "").encode("ascii"),
            before_expiry=self.before_expiry,
            made_for_window=self.made_for_window,
        )
        if now >= renew_at or now >= self.end:
            return None
        page = None if window is None else heard.page
        until = renew_at if heard.ask_again is None else min(renew_at, heard.ask_again)
        told = [str(microseconds(until)), without_ari, self.fullchain]
        told += [not_yet_due(renew_at, rule, self.end, page)]
        told += [self.end.isoformat(), renew_at.isoformat(), rule]
        told += ["", ""] if window is None else [moment.isoformat() for moment in window]
        return Rest([*told, page or "", self.names], by_answer=heard.by_answer)
