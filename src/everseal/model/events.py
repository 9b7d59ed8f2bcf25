"""What the engine reports on its way: typed, in order, one value per fact.

A program that embeds Everseal passes a callable and matches on the types; the command line
renders the same values.  Several lineages may be worked on at once: an event's ``name`` says which one
it is about, None where it is about none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName, Identifier

HookKind = Literal["pre", "deploy", "post", "manual-auth", "manual-cleanup"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A plan is being carried out: these lineages, in this order unless several are worked on at once.

    ``orders`` is for how many of them a certificate is going to be ordered.
    """

    names: tuple[CertificateName, ...]
    orders: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    """No order is under way any more; deploy hooks that waited for that and post hooks may still run."""


@dataclass(frozen=True, slots=True)
class LineageExamined:
    """A lineage's turn has come, whatever is done about it."""

    conf_path: str
    name: CertificateName


@dataclass(frozen=True, slots=True)
class LineageDone:
    """The lineage has had its turn, whatever became of it; its deploy hooks may have to wait for others."""

    name: CertificateName


@dataclass(frozen=True, slots=True)
class LineageStarted:
    """Work on one lineage begins."""

    name: CertificateName
    identifiers: tuple[Identifier, ...]
    renewal: bool
    dry_run: bool


@dataclass(frozen=True, slots=True)
class AccountRegistered:
    """A new account exists at the CA and on disk."""

    server: str
    url: str
    name: CertificateName | None = None


@dataclass(frozen=True, slots=True)
class OrderResumed:
    """An order that an earlier run left behind is carried on with the same key."""

    name: CertificateName
    order_url: str


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """The CA has an order for us."""

    name: CertificateName
    order_url: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class AuthorizationReused:
    """The CA still remembers an earlier proof: nothing to do for this identifier."""

    name: CertificateName
    identifier: Identifier


@dataclass(frozen=True, slots=True)
class ChallengesPresented:
    """Everything the CA will look for is in place."""

    name: CertificateName
    identifiers: tuple[Identifier, ...]
    challenge_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChallengesCleaned:
    """What was put in place for the CA is gone again."""

    name: CertificateName


@dataclass(frozen=True, slots=True)
class NamesDropped:
    """The CA refused some identifiers, and the policy is to go on without them."""

    name: CertificateName
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class CertificateIssued:
    """The CA gave a certificate and it passed every check."""

    name: CertificateName
    serial: int
    not_after: datetime


@dataclass(frozen=True, slots=True)
class VersionSaved:
    """The new version is on disk and live."""

    name: CertificateName
    version: int
    fullchain_path: str
    privkey_path: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """A version was copied to where the operator wants it; ``paths`` are the files, the key last."""

    name: CertificateName
    version: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeployStarted:
    """The deploy hooks of a lineage, which waited until no order was under way, are run now."""

    name: CertificateName


@dataclass(frozen=True, slots=True)
class HookRan:
    """A hook ended; ``status`` is its exit status, or minus the number of the signal that ended it.

    ``subject`` is the identifier that a manual hook ran for.
    """

    kind: HookKind
    command: str
    status: int
    stdout: str
    stderr: str
    subject: str | None = None
    name: CertificateName | None = None


@dataclass(frozen=True, slots=True)
class LineageFailed:
    """Work on one lineage ended with an error; ``live/`` is as it was."""

    name: CertificateName
    error: OperatorError
    authenticator: str | None = None


@dataclass(frozen=True, slots=True)
class LineageSkipped:
    """No certificate was ordered for this lineage, and why; ``relinked`` where its links were moved."""

    name: CertificateName
    reason: str
    relinked: bool = False


@dataclass(frozen=True, slots=True)
class WentAhead:
    """A person wants it now, although earlier orders failed and an unattended run would still wait."""

    name: CertificateName
    failures: int
    until: datetime


@dataclass(frozen=True, slots=True)
class NamesShared:
    """A new certificate is made although another has some of its names.

    ``shared`` are in both; ``missing`` would have to be added to the other one to make it do.
    """

    name: CertificateName
    other: CertificateName
    shared: tuple[Identifier, ...]
    missing: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """Something that an interrupted run had left half done is whole again.

    ``what`` is a clause; ``name`` is None where no single lineage is concerned.
    """

    what: str
    name: CertificateName | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """Something an operator should know, though the work goes on."""

    message: str
    name: CertificateName | None = None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One request to the CA and its answer.

    ``resource`` is the RFC 8555 resource (``newOrder``, ``authorization`` ...); ``poll`` and
    ``retry`` mark requests that a plan does not list, because how many there are is the CA's affair.
    """

    method: str
    url: str
    resource: str
    status: int
    poll: bool
    retry: bool
    seconds: float
    name: CertificateName | None = None


Event = (
    RunStarted
    | LineageExamined
    | LineageStarted
    | WentAhead
    | NamesShared
    | AccountRegistered
    | OrderResumed
    | OrderPlaced
    | AuthorizationReused
    | ChallengesPresented
    | ChallengesCleaned
    | NamesDropped
    | CertificateIssued
    | VersionSaved
    | Exported
    | DeployStarted
    | HookRan
    | LineageFailed
    | LineageSkipped
    | LineageDone
    | RunEnded
    | Mended
    | Warned
    | Exchanged
)

Emit = Callable[[Event], None]


def lineage_of(event: Event) -> CertificateName | None:
    """Which lineage the event is about, None where it is about none."""
    return None if isinstance(event, RunStarted | RunEnded) else event.name


def ignore(_event: Event) -> None:
    """The listener of somebody who does not want to know."""
