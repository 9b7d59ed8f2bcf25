"""Why a CA would refuse an order, and until when: values with a ``code``, a ``sentence`` and a ``remedy``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.planning.limit import Counted, Limit, Subject
from everseal.planning.words import moment, roughly

_COUNTED: Final[Mapping[Counted, str]] = {
    "orders": "new orders",
    "certificates": "certificates",
    "failures": "failed validations",
    "accounts": "new accounts",
}
_INSIST: Final = "or order all the same with --despite-limits"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit as it is kept for one subject; ``subject`` has a value for each of ``limit.per``."""

    limit: Limit
    subject: tuple[str, ...]

    @property
    def what(self) -> str:
        """``certificates for example.com``."""
        return f"{_COUNTED[self.limit.counts]} {_for_whom(self.limit.per, self.subject)}"


def _for_whom(per: tuple[Subject, ...], subject: tuple[str, ...], label: str = "") -> str:
    """``for example.com``; an account is named only where nothing else is."""
    parts = {kind: _part(kind, value, label) for kind, value in zip(per, subject, strict=True)}
    own = [part for kind, part in parts.items() if kind != "account"]
    return " and ".join(own or parts.values())


def _part(kind: Subject, value: str, label: str) -> str:
    match kind:
        case "account":
            return "of this account"
        case "set":
            return f"for exactly {label}" if label else "for this exact set of names"
        case "address":
            return "from this address"
        case "domain":
            return f"for {value}"
        case "identifier":
            return f"of {value}"


@dataclass(frozen=True, slots=True)
class LimitReached:
    """Nothing is left of one of the CA's limits."""

    bucket: Bucket
    used: int
    until: datetime
    code: ClassVar[str] = "limit-reached"

    @property
    def sentence(self) -> str:
        limit = self.bucket.limit
        return (
            f"the CA would refuse the order: {self.used:,} of {limit.capacity:,} {self.bucket.what} "
            f"{limit.pace} are used (one more every {roughly(limit.refill)}), so it is possible from "
            f"{moment(self.until)}"
        )

    @property
    def remedy(self) -> str:
        return f"run the same command again then (`limits` shows what is used), {_INSIST}"


@dataclass(frozen=True, slots=True)
class AskedToWait:
    """The CA refused an earlier request and said when it wants to be asked again.

    ``what`` it does not want to be asked for: ``orders for example.com``; empty for everything.
    """

    until: datetime
    since: datetime
    detail: str
    what: str = ""
    code: ClassVar[str] = "asked-to-wait"

    @property
    def sentence(self) -> str:
        refused, asked = (f" {self.what}", " for them") if self.what else ("", "")
        return (
            f"the CA refused{refused} at {moment(self.since)} and does not want to be asked{asked} before "
            f"{moment(self.until)}: {self.detail}"
        )

    @property
    def remedy(self) -> str:
        return f"run the same command again then (`limits` shows what waits), {_INSIST}"


@dataclass(frozen=True, slots=True)
class Paused:
    """The CA gives this account no certificate for a name until a person asks it to go on.

    ``since`` is None where that follows from what failed, and the CA has not said it yet.
    """

    subject: str
    since: datetime | None = None
    url: str | None = None
    until: ClassVar[None] = None
    code: ClassVar[str] = "paused"

    @property
    def sentence(self) -> str:
        if self.since is None:
            return f"the CA has paused {self.subject} by now: too many validations of it failed in a row"
        return (
            f"the CA has paused {self.subject} since {moment(self.since)}: too many validations of it failed"
        )

    @property
    def remedy(self) -> str:
        lift = "have the CA lift the pause" if self.url is None else f"lift the pause at {self.url}"
        return f"mend what makes the validations fail, {lift}, then run `limits --resume {self.subject}`"


Refusal = LimitReached | AskedToWait | Paused


class WouldBeRefused(OperatorError):
    """An order that is not placed, because the CA would surely refuse it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence, remedy=refusal.remedy)
        self.refusal = refusal

    @property
    def retry_at(self) -> datetime | None:
        """When it becomes possible; None where a person has to act first."""
        return self.refusal.until


class LastOfSet(OperatorError):
    """A certificate that is not due and would be the last the CA gives for these names for a while."""

    def __init__(self, name: str, bucket: Bucket) -> None:
        limit = bucket.limit
        super().__init__(
            f"{name} is not renewed: it is not due, and this would be the last of {limit.capacity:,} "
            f"{bucket.what} {limit.pace} (one more every {roughly(limit.refill)})",
            remedy="let it be renewed when it is due, or spend the last one with --despite-limits",
        )


@dataclass(frozen=True, slots=True)
class CaSaid:
    """A CA's refusal: its problem's type and text, and when it wants to be asked again.

    ``unavailable`` says that it wants quiet from everybody (HTTP status 503).  Texts are printable.
    """

    type: str
    detail: str
    retry_at: datetime | None = None
    unavailable: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """What a CA said that is still in force.

    It concerns the orders with this ``subject``, which has a value for each of ``per``: nothing means
    every order at the CA.  ``until`` is None for a pause.  ``limit`` is the id of the limit it is about,
    ``label`` the names of a set, in short.
    """

    per: tuple[Subject, ...]
    subject: tuple[str, ...]
    since: datetime
    until: datetime | None
    detail: str
    limit: str | None = None
    url: str | None = None
    label: str = ""

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and now >= self.until

    @property
    def refusal(self) -> Refusal:
        if self.until is None:
            return Paused(self.subject[-1], self.since, self.url)
        return AskedToWait(self.until, self.since, self.detail, self._what)

    @property
    def _what(self) -> str:
        if not self.per:
            return ""
        asked = "new accounts" if "address" in self.per else "orders"
        return f"{asked} {_for_whom(self.per, self.subject, self.label)}"
