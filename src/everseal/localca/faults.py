"""The unkindnesses of real CAs, on order: seeded, counted, scriptable for single requests.

A rule says where, which fault, how often.  Places are the resources of RFC 8555 (``newOrder``,
``finalize``, ``certificate`` ...), ``validation`` and ``issue`` for what happens in the background, and ``*``
for every request.  Without rules the CA is kind.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Any, Final, Literal

from everseal.localca.links import RESOURCES
from everseal.model.frozen import dataclass

JsonObject = dict[str, Any]
PLACES: Final = RESOURCES | {"validation", "issue", "*"}
"""Where a rule may take hold."""


@dataclass(frozen=True, slots=True)
class Instead:
    """This response, and the request is not handled at all."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """This problem, and the request is not handled; ``kind`` is the type without its prefix."""

    kind: str
    detail: str
    status: int = 400
    headers: tuple[tuple[str, str], ...] = ()
    members: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset; with ``handled`` only after the request had its effect: a lost answer."""

    handled: bool = False


@dataclass(frozen=True, slots=True)
class Truncate:
    """The body breaks off after ``keep`` bytes, against its announced length."""

    keep: int = 10


@dataclass(frozen=True, slots=True)
class Endless:
    """The body begins as it should and never ends."""


@dataclass(frozen=True, slots=True)
class Drip:
    """The body comes byte by byte, ``pause`` seconds apart."""

    pause: float = 0.5


@dataclass(frozen=True, slots=True)
class Replace:
    """The right status and headers, another body."""

    body: bytes


@dataclass(frozen=True, slots=True)
class EditBody:
    """The body as it was, changed."""

    change: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class EditJson:
    """The JSON object as it was, changed."""

    change: Callable[[JsonObject], JsonObject]


@dataclass(frozen=True, slots=True)
class AddHeader:
    """One more header, such as ``Retry-After: 86400``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Pause:
    """``seconds`` pass before anything happens, or as many up to ``up_to`` as chance will have it."""

    seconds: float
    up_to: float = 0.0


QuirkName = Literal[
    "reject-nonce",
    "random-profile",
    "other-host",
    "expire-authorizations",
    "external-key-expired",
    "reuse-authorizations",
    "born-valid",
    "shuffle",
    "opaque-urls",
    "random-directory-key",
    "unknown-members",
    "token-with-slash",
    "escapes-in-detail",
    "external-key-once",
    "stall",
    "error-while-processing",
    "spoil-order",
    "leaf-wrong-key",
    "leaf-wrong-names",
    "leaf-expired",
    "leaf-not-yet-valid",
    "chain-missing",
    "chain-garbage",
    "chain-crlf",
    "chain-trailing-junk",
    "retry-after-date",
]


@dataclass(frozen=True, slots=True)
class Quirk:
    """A habit of the server that needs no parameters."""

    name: QuirkName


@dataclass(frozen=True, slots=True)
class Validity:
    """The leaf is valid from ``begins`` after its issuance on, for ``lives``, whatever the profile says."""

    begins: timedelta = timedelta(0)
    lives: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Vantage:
    """``failing`` of ``points`` places look for the challenge in vain; more than ``tolerated`` spoil it."""

    points: int = 6
    failing: int = 2
    tolerated: int = 1

    @property
    def spoils(self) -> bool:
        return self.failing > self.tolerated


@dataclass(frozen=True, slots=True)
class ForeignOrigin:
    """URLs in the answer point to another server."""

    origin: str = "https://elsewhere.invalid"


@dataclass(frozen=True, slots=True)
class Unlisted:
    """The directory lacks these entries, and the resources behind them are not there."""

    resources: frozenset[str]


Fault = (
    Instead
    | Refuse
    | Reset
    | Truncate
    | Endless
    | Drip
    | Replace
    | EditBody
    | EditJson
    | AddHeader
    | Pause
    | Quirk
    | Validity
    | Vantage
    | ForeignOrigin
    | Unlisted
)


@dataclass(frozen=True, slots=True)
class Rule:
    """``fault`` at ``place``, leaving out the first ``skip`` chances, then ``times`` times (None: always).

    ``about`` is a part of the path that a request must have: the identity of one order or certificate.
    """

    place: str
    fault: Fault
    times: int | None = 1
    skip: int = 0
    chance: float = 1.0
    about: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The faults that fell to one request or one piece of background work."""

    faults: tuple[Fault, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """For a transcript."""
        return tuple(each.name if isinstance(each, Quirk) else type(each).__name__ for each in self.faults)

    def has(self, quirk: QuirkName) -> bool:
        return Quirk(quirk) in self.faults

    def chosen(self, *quirks: QuirkName) -> QuirkName | None:
        """The first of these quirks that is among the faults."""
        return next((quirk for quirk in quirks if self.has(quirk)), None)


class Faults:
    """Draws faults by rule; the same seed and the same order of requests give the same faults."""

    def __init__(self, rules: Sequence[Rule] = (), *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._rules = list(rules)
        self._seen = [0] * len(self._rules)
        self._random = random.Random(seed)

    def add(self, rule: Rule) -> None:
        """From the next request on."""
        with self._lock:
            self._rules.append(rule)
            self._seen.append(0)

    def clear(self) -> None:
        """Be kind again."""
        self.replace(())

    def replace(self, rules: Sequence[Rule]) -> None:
        """These rules and no others, counted from the beginning."""
        with self._lock:
            self._rules = list(rules)
            self._seen = [0] * len(self._rules)

    def draw(self, place: str, path: str = "") -> Drawn:
        """What falls to one request for ``path``, or to one piece of background work."""
        with self._lock:
            fallen = [rule.fault for index, rule in enumerate(self._rules) if self._falls(index, place, path)]
        return Drawn(tuple(fallen))

    def length(self, pause: Pause) -> float:
        """The seconds of a pause."""
        with self._lock:
            return self._random.uniform(pause.seconds, max(pause.seconds, pause.up_to))

    def shuffled(self, items: Sequence[Any]) -> list[Any]:
        """The same items in another order."""
        with self._lock:
            return self._random.sample(list(items), len(items))

    def word(self) -> str:
        """A few letters that mean nothing."""
        with self._lock:
            return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=11))

    def _falls(self, index: int, place: str, path: str) -> bool:
        rule = self._rules[index]
        if rule.place not in (place, "*") or rule.about not in path:
            return False
        if rule.chance < 1 and self._random.random() >= rule.chance:
            return False
        self._seen[index] += 1
        turn = self._seen[index] - rule.skip
        return turn > 0 and (rule.times is None or turn <= rule.times)


def quirk(place: str, name: QuirkName, *, chance: float = 1.0, times: int | None = None) -> Rule:
    """A habit, by default for good."""
    return Rule(place, Quirk(name), times=times, chance=chance)


def unavailable(*, retry_after: str | None = None) -> Instead:
    """A 503 as a load balancer sends it: HTML, no problem document."""
    headers = [("Content-Type", "text/html")]
    if retry_after is not None:
        headers.append(("Retry-After", retry_after))
    page = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
    return Instead(503, page, tuple(headers))


def rate_limited(*, retry_after: str | None = "60", detail: str = "too many new orders recently") -> Refuse:
    """A 429 with Retry-After, or without it as for a paused account."""
    headers = [("Link", '<https://ca.test/rate-limits>;rel="help"')]
    if retry_after is not None:
        headers.append(("Retry-After", retry_after))
    return Refuse("rateLimited", detail, 429, tuple(headers))


def terms_changed(url: str) -> Refuse:
    """The operator has to agree to new terms first (RFC 8555 section 7.3.3)."""
    link = ("Link", f'<{url}>;rel="terms-of-service"')
    return Refuse("userActionRequired", "the terms of service have changed", 403, (link,), {"instance": url})
