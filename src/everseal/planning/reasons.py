"""Why something is done or left: values that feed the terminal, JSON, the log and the tests.

Every reason has a ``code`` that never changes, for programs, and a ``sentence`` for people,
without a final full stop.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from everseal.model.frozen import dataclass
from everseal.model.names import Identifier
from everseal.planning.moments import explained, not_yet_due
from everseal.planning.own_section import FOR_A_WINDOW
from everseal.planning.words import every, moment, span

if TYPE_CHECKING:
    from everseal.planning.moments import DueRule


@dataclass(frozen=True, slots=True)
class FirstCertificate:
    """No lineage for these names yet."""

    code: ClassVar[str] = "new"

    @property
    def sentence(self) -> str:
        return "there is no certificate of this name yet"


@dataclass(frozen=True, slots=True)
class Forced:
    """The operator asked for it, due or not."""

    code: ClassVar[str] = "forced"

    @property
    def sentence(self) -> str:
        return "--force-renewal was given"


@dataclass(frozen=True, slots=True)
class RenewalChosen:
    """A person was asked and wants a new certificate now."""

    code: ClassVar[str] = "chosen"

    @property
    def sentence(self) -> str:
        return "it is not due, but you chose to renew it now"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A dry run tries every lineage, due or not."""

    code: ClassVar[str] = "dry-run"

    @property
    def sentence(self) -> str:
        return "a dry run rehearses the whole issuance and saves no certificate"


@dataclass(frozen=True, slots=True)
class WindowOpen:
    """The CA's suggested window (RFC 9773) has reached ``renew_at``, our instant in it.

    ``closes_before_next_run`` says that the instant lies so late that the run before it has to do.
    ``explanation`` is the CA's page about the window, where it has one.
    """

    renew_at: datetime
    start: datetime
    end: datetime
    closes_before_next_run: bool = False
    explanation: str | None = None
    code: ClassVar[str] = FOR_A_WINDOW

    @property
    def sentence(self) -> str:
        suggested = f"the CA suggests renewing from {moment(self.start)} to {moment(self.end)} (ARI)"
        page = explained(self.explanation)
        if self.closes_before_next_run:
            return f"{suggested}, which may end before the next run{page}"
        return f"{suggested}, and our moment in it was {moment(self.renew_at)}{page}"


@dataclass(frozen=True, slots=True)
class LifetimePassed:
    """The share of the lifetime after which it is renewed has passed."""

    renew_at: datetime
    fraction_left: float
    code: ClassVar[str] = "lifetime"

    @property
    def sentence(self) -> str:
        return f"less than {self.fraction_left:.0%} of its lifetime is left (since {moment(self.renew_at)})"


@dataclass(frozen=True, slots=True)
class NearExpiry:
    """The operator's ``renew_before_expiry`` has been reached."""

    renew_at: datetime
    before: timedelta
    code: ClassVar[str] = "renew-before-expiry"

    @property
    def sentence(self) -> str:
        return f"renew_before_expiry is {span(self.before)}, reached at {moment(self.renew_at)}"


@dataclass(frozen=True, slots=True)
class Expired:
    """Its last moment has passed."""

    since: datetime
    code: ClassVar[str] = "expired"

    @property
    def sentence(self) -> str:
        return f"it expired at {moment(self.since)}"


@dataclass(frozen=True, slots=True)
class Revoked:
    """The CA says that the certificate is revoked."""

    code: ClassVar[str] = "revoked"

    @property
    def sentence(self) -> str:
        return "the CA has revoked it"


@dataclass(frozen=True, slots=True)
class NamesChanged:
    """The operator asks for another set of names than the certificate has."""

    added: tuple[Identifier, ...]
    removed: tuple[Identifier, ...]
    code: ClassVar[str] = "names-changed"

    @property
    def sentence(self) -> str:
        parts = []
        if self.added:
            parts.append(f"adds {every(self.added)}")
        if self.removed:
            parts.append(f"drops {every(self.removed)}")
        return f"the new set of names {' and '.join(parts)}" if parts else "the names are asked for anew"


@dataclass(frozen=True, slots=True)
class KeyKindChanged:
    """The operator asks for another kind of key."""

    old: str
    new: str
    code: ClassVar[str] = "key-changed"

    @property
    def sentence(self) -> str:
        return f"the key changes from {self.old} to {self.new}"


@dataclass(frozen=True, slots=True)
class OrderLeftOpen:
    """An earlier run was interrupted after it had an order."""

    since: datetime
    code: ClassVar[str] = "resume"

    @property
    def sentence(self) -> str:
        return f"an order begun at {moment(self.since)} was interrupted and is carried on"


DueReason = (
    FirstCertificate
    | Forced
    | RenewalChosen
    | Rehearsal
    | WindowOpen
    | LifetimePassed
    | NearExpiry
    | Expired
    | Revoked
    | NamesChanged
    | KeyKindChanged
    | OrderLeftOpen
)


@dataclass(frozen=True, slots=True)
class NotYet:
    """It is renewed later, by the rule named.

    ``explanation`` is the CA's page about its ``window``, where it has one.
    """

    renew_at: datetime
    rule: DueRule
    not_after: datetime
    window: tuple[datetime, datetime] | None = None
    explanation: str | None = None
    code: ClassVar[str] = "not-due"

    @property
    def sentence(self) -> str:
        return not_yet_due(self.renew_at, self.rule, self.not_after, self.explanation)


@dataclass(frozen=True, slots=True)
class AutorenewOff:
    """``autorenew = False`` stands in the renewal file."""

    code: ClassVar[str] = "autorenew-off"

    @property
    def sentence(self) -> str:
        return "autorenew is switched off in its renewal file"


@dataclass(frozen=True, slots=True)
class BackingOff:
    """Earlier orders failed; unattended runs wait before the next."""

    until: datetime
    failures: int
    code: ClassVar[str] = "backing-off"

    @property
    def sentence(self) -> str:
        tries = "once" if self.failures == 1 else f"{self.failures} times in a row"
        return f"it failed {tries}; not tried again before {moment(self.until)}"


@dataclass(frozen=True, slots=True)
class Limited:
    """It is due, but the CA would refuse the order now; ``why`` is the whole sentence about that."""

    until: datetime
    why: str
    code: ClassVar[str] = "limited"

    @property
    def sentence(self) -> str:
        return f"it is due, but {self.why}"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The operator asked for exactly the certificate there is, and keeps it."""

    not_after: datetime
    code: ClassVar[str] = "unchanged"

    @property
    def sentence(self) -> str:
        return f"the same certificate exists and is valid until {moment(self.not_after)}"


@dataclass(frozen=True, slots=True)
class NewerVersionWaits:
    """A newer version is complete but not live; it is put to use instead of ordering another."""

    live: int
    latest: int
    code: ClassVar[str] = "newer-version"

    @property
    def sentence(self) -> str:
        return f"version {self.latest} is there already and is put to use in place of version {self.live}"


NotDueReason = NotYet | AutorenewOff | BackingOff | Limited | Unchanged | NewerVersionWaits
Reason = DueReason | NotDueReason
