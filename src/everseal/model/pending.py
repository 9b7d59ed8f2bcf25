"""What outlives a run: an order that is under way, and hooks that are owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from everseal.model.frozen import dataclass
from everseal.model.lineage import ParameterValue
from everseal.model.names import CertificateName, Identifier

Stage = Literal["ordered", "presented", "finalizing", "issued"]
OwedKind = Literal["deploy", "post", "export"]


@dataclass(frozen=True, slots=True)
class SolverSettings:
    """What ``[renewalparams]`` and ``[everseal]`` of the renewal file say: enough to make the solver."""

    parameters: Mapping[str, ParameterValue]
    own: Mapping[str, ParameterValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """An order that a later run can carry on with the same key.

    ``key_pem`` is the certificate key (PKCS#8 PEM), on disk before the order is finalized, so that a
    certificate issued by an answer that got lost is never without its key.  ``presentations`` are the
    challenges put in place, as ``Presentation.as_json`` gives them; ``solver`` is who put them there and
    ``settings`` what it was made with: enough for another process to clean up, whatever that one is asked
    to do.  Journals from before Everseal kept the settings have none.
    """

    name: CertificateName
    server: str
    account_url: str
    order_url: str | None
    identifiers: tuple[Identifier, ...]
    key_pem: bytes = field(repr=False)
    csr_der: bytes | None
    presentations: tuple[Mapping[str, object], ...]
    created: datetime
    stage: Stage
    solver: str = ""
    settings: SolverSettings | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """What is in place for the CA for an order that no later run carries on: a rehearsal's, or one for an
    operator's own signing request.

    ``presentations`` and ``settings`` are as in a PendingOrder.
    """

    name: CertificateName
    presentations: tuple[Mapping[str, object], ...]
    settings: SolverSettings = field(hash=False)


@dataclass(frozen=True, slots=True)
class OwedHook:
    """A hook, or an export, that has to run until it ends well.

    A deploy hook and an export (whose ``command`` is the encoded target) belong to the lineage ``name``; a
    post hook (owed from the moment its pre hook ran) belongs to none.  Two owed hooks are the same when
    kind, command and lineage are: owing one again replaces what was recorded, so a failed attempt is
    recorded by owing a copy with a higher count.
    """

    kind: OwedKind
    command: str
    name: CertificateName | None = None
    identifiers: tuple[Identifier, ...] = ()
    attempts: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was mended for one lineage at the start of a run.

    ``dropped`` are half-made versions that were removed, ``moved_to`` the version that the live links
    were moved to, ``deleted`` the paths that an interrupted deletion still had to remove, ``renamed_to``
    the name that an interrupted renaming has given it, and ``pending`` an order that waits to be carried on.
    """

    name: CertificateName
    dropped: tuple[int, ...] = ()
    moved_to: int | None = None
    completed: int | None = None
    deleted: tuple[str, ...] = ()
    renamed_to: CertificateName | None = None
    pending: PendingOrder | None = None

    @property
    def did_something(self) -> bool:
        found = (self.moved_to, self.completed, self.renamed_to)
        return bool(self.dropped or self.deleted) or any(each is not None for each in found)
