"""How the certificates stand, and what about them needs a person.

Nothing is decided here that a run would not decide: the reason and the moment are those of
:mod:`everseal.planning.due`.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final, Literal

from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.planning.due import (
    RenewalFacts,
    RenewalPolicy,
    backstop,
    decide_due,
    next_look,
    run_interval,
    usable_window,
)
from everseal.planning.reasons import DueReason, NotDueReason, NotYet
from everseal.planning.setback import Setback
from everseal.planning.words import moment, plural

_RUNS_TO_WAIT: Final = 2

Gravity = Literal["attention", "warning"]


@dataclass(frozen=True, slots=True)
class Expired:
    """Servers that use it show visitors an error."""

    code: ClassVar[str] = "expired"
    gravity: ClassVar[Gravity] = "attention"
    since: datetime

    @property
    def sentence(self) -> str:
        return f"it expired at {moment(self.since)}"


@dataclass(frozen=True, slots=True)
class Overdue:
    """It should have been renewed by ``since``, and two more runs have had the chance."""

    code: ClassVar[str] = "overdue"
    gravity: ClassVar[Gravity] = "attention"
    since: datetime

    @property
    def sentence(self) -> str:
        return f"it should have been renewed at {moment(self.since)} at the latest: does `renew` run?"


@dataclass(frozen=True, slots=True)
class OrdersFail:
    """Its last orders failed."""

    code: ClassVar[str] = "orders-fail"
    gravity: ClassVar[Gravity] = "attention"
    failures: int
    until: datetime
    message: str

    @property
    def sentence(self) -> str:
        told = f": {self.message}" if self.message else ""
        return f"{plural(self.failures, 'order')} in a row failed, the next is at {moment(self.until)}{told}"


@dataclass(frozen=True, slots=True)
class HookOwed:
    """A hook or an export behind a new certificate ended with an error."""

    code: ClassVar[str] = "hook-owed"
    gravity: ClassVar[Gravity] = "attention"
    kind: str
    command: str
    attempts: int

    @property
    def sentence(self) -> str:
        what = "export" if self.kind == "export" else f"{self.kind} hook"
        return f"the {what} {self.command!r} failed {plural(self.attempts, 'time')} and is owed"


@dataclass(frozen=True, slots=True)
class Broken:
    """It cannot be used or renewed as its files are."""

    code: ClassVar[str] = "damaged"
    gravity: ClassVar[Gravity] = "attention"
    message: str
    remedy: str

    @property
    def sentence(self) -> str:
        return f"{self.message}; to mend it: {self.remedy}"


@dataclass(frozen=True, slots=True)
class NoTimer:
    """Nothing starts ``renew`` on this machine."""

    code: ClassVar[str] = "no-timer"
    gravity: ClassVar[Gravity] = "warning"
    what: str
    remedy: str

    @property
    def sentence(self) -> str:
        return f"{self.what}; to mend it: {self.remedy}"


Concern = Expired | Overdue | OrdersFail | HookOwed | Broken | NoTimer


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a certificate that is kept here.

    ``names`` are its identifiers as text; ``issued`` and ``not_after`` its dates; ``reason`` and
    ``renew_at`` what the next run will say.  ``window`` is what the CA suggests.
    """

    name: CertificateName
    names: tuple[str, ...]
    issuer: str
    server: str | None
    version: int
    issued: datetime
    not_after: datetime
    reason: DueReason | NotDueReason
    renew_at: datetime | None
    window: tuple[datetime, datetime] | None
    setback: Setback | None
    concerns: tuple[Concern, ...]

    @property
    def is_due(self) -> bool:
        return isinstance(self.reason, DueReason)


@dataclass(frozen=True, slots=True)
class Lost:
    """A renewal file whose certificate cannot be used."""

    name: CertificateName
    conf_path: str
    concerns: tuple[Concern, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that is kept, as of ``made_at``; ``concerns`` are those of no single certificate."""

    made_at: datetime
    certificates: tuple[Kept | Lost, ...]
    concerns: tuple[Concern, ...] = ()

    @property
    def kept(self) -> tuple[Kept, ...]:
        return tuple(each for each in self.certificates if isinstance(each, Kept))

    @property
    def troubled(self) -> tuple[Kept | Lost, ...]:
        """The certificates that a person has to look at."""
        return tuple(each for each in self.certificates if _needs_attention(each.concerns))

    @property
    def needs_attention(self) -> bool:
        return bool(self.troubled) or _needs_attention(self.concerns)

    @property
    def only_waits(self) -> bool:
        """Whether all that is wrong is that orders failed and will be tried again."""
        found = [concern for each in self.troubled for concern in each.concerns] + list(self.concerns)
        grave = [each for each in found if each.gravity == "attention"]
        return bool(grave) and all(isinstance(each, OrdersFail) for each in grave)

    @property
    def next_due(self) -> Kept | None:
        waiting = [each for each in self.kept if each.renew_at is not None and not each.is_due]
        return min(waiting, key=lambda each: each.renew_at or self.made_at, default=None)


def concerns_of(
    facts: RenewalFacts,
    policy: RenewalPolicy,
    setback: Setback | None,
    owed: tuple[OwedHook, ...],
    *,
    now: datetime,
) -> tuple[Concern, ...]:
    """What about one certificate needs a person, the gravest first."""
    found: list[Concern] = []
    validity = facts.validity
    with_ari = usable_window(facts.window, validity) is not None
    latest = backstop(validity, with_ari=with_ari)
    if now >= validity.not_after:
        found.append(Expired(validity.not_after))
    elif policy.autorenew and now >= latest + _RUNS_TO_WAIT * run_interval(validity):
        found.append(Overdue(latest))
    if setback is not None:
        found.append(OrdersFail(setback.failures, setback.retry_at, setback.message))
    return (*found, *hook_concerns(owed))


def hook_concerns(owed: tuple[OwedHook, ...]) -> tuple[Concern, ...]:
    """Only what failed: a hook that is owed while a run is at work has had no attempt yet."""
    return tuple(HookOwed(each.kind, each.command, each.attempts) for each in owed if each.attempts)


def verdict(
    facts: RenewalFacts, policy: RenewalPolicy, *, now: datetime
) -> tuple[DueReason | NotDueReason, datetime | None]:
    """What the next unattended run will say of it, and from when on it is due."""
    reason = decide_due(facts, policy, now=now)
    if isinstance(reason, NotYet) and facts.retry_at is None:
        return reason, reason.renew_at
    return reason, next_look(facts, policy)


def _needs_attention(concerns: tuple[Concern, ...]) -> bool:
    return any(each.gravity == "attention" for each in concerns)
