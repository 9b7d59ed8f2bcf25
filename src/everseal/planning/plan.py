"""The plan: what will be done to each lineage, in which steps, and why.

A plan is a value.  ``everseal plan`` prints it, and the same value drives the run.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Literal

from everseal.model.errors import OperatorError
from everseal.model.export import ExportTarget
from everseal.model.frozen import dataclass
from everseal.model.keys import KeyKind
from everseal.model.lineage import ParameterValue
from everseal.model.names import CertificateName, Identifier
from everseal.planning.limits import Forecast
from everseal.planning.reasons import BackingOff, DueReason, Limited, NotDueReason
from everseal.planning.requests import PlannedRequest
from everseal.planning.retention import Retention


@dataclass(frozen=True, slots=True)
class UseAccount:
    """An account that exists on disk."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class RegisterAccount:
    """No account at this CA yet: one is made, with these contacts."""

    contacts: tuple[str, ...] = ()
    with_eab: bool = False


AccountStep = UseAccount | RegisterAccount


@dataclass(frozen=True, slots=True)
class Proof:
    """How control of one identifier will be shown."""

    identifier: Identifier
    challenge_type: str
    how: str


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file that will be written, and what it is."""

    path: str
    what: str


@dataclass(frozen=True, slots=True)
class PlannedHook:
    """A command that will be run."""

    kind: Literal["pre", "deploy", "post"]
    command: str


@dataclass(frozen=True, slots=True)
class ConfiguredHooks:
    """The operator's own commands for this lineage; the hook directories come on top."""

    pre: str | None = None
    deploy: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class KeyStep:
    """The certificate's key: a new one of this kind, or the present one again."""

    kind: KeyKind
    reuse: bool = False


@dataclass(frozen=True, slots=True)
class CertificateOptions:
    """What is asked of the CA beyond names and key."""

    required_profile: str | None = None
    preferred_profile: str | None = None
    preferred_chain: str | None = None
    must_staple: bool = False
    replaces: str | None = None
    csr_der: bytes | None = None


Trouble = Literal["down", "limits", "refusal"]
"""What can be the matter with a CA, so that another one is asked."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """Another CA, asked where those before it do not issue: what differs there.

    ``hindrance`` says why it could not be asked as things stand; then it is passed over.
    """

    server: str
    account: AccountStep
    key: KeyStep
    options: CertificateOptions
    hindrance: str | None = None


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The certificate that an order follows: the CA that issued it and the id of the account it was for.

    ``window`` is what that CA suggests for its renewal (start, end).
    """

    server: str
    account: str | None
    identifiers: tuple[Identifier, ...]
    not_before: datetime
    not_after: datetime
    window: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """Order a certificate and, unless it is a dry run, save and deploy it.

    ``parameters`` are the ``[renewalparams]`` that the lineage will have, ``own_parameters`` what stands
    in ``[everseal]`` because Certbot does not know it.  ``present_serial`` is
    the certificate the decision was made about; if another one stands there when the lock is
    held, somebody was faster and nothing is done.  ``live_fullchain`` is the link servers use.
    ``installer`` is the plugin that puts it to use, None for none; ``exports`` are copied before the
    deploy hooks run, ``retention`` says which versions stay.  ``fallbacks`` are asked in their order where
    the CA before has one of the troubles in ``fallback_on``.  ``forecast`` is how it stands with the CA's
    limits, which may know ``follows``.

    With ``options.csr_der`` the certificate is for an operator's own signing request: there is no
    lineage then, nothing is saved and no hook runs; ``name`` only says what it is about.
    """

    name: CertificateName
    new: bool
    identifiers: tuple[Identifier, ...]
    reason: DueReason
    server: str
    account: AccountStep
    key: KeyStep
    proofs: tuple[Proof, ...]
    requests: tuple[PlannedRequest, ...]
    files: tuple[PlannedFile, ...] = ()
    hooks: tuple[PlannedHook, ...] = ()
    configured_hooks: ConfiguredHooks = ConfiguredHooks()
    options: CertificateOptions = CertificateOptions()
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    own_parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    present_serial: int | None = None
    live_fullchain: str = ""
    dry_run: bool = False
    allow_subset: bool = False
    conf_path: str = ""
    installer: str | None = None
    exports: tuple[ExportTarget, ...] = ()
    retention: Retention = field(default_factory=Retention)
    fallbacks: tuple[Fallback, ...] = ()
    fallback_on: tuple[Trouble, ...] = ()
    follows: Predecessor | None = None
    forecast: Forecast = field(default_factory=Forecast)

    @property
    def attempts(self) -> tuple[Issue, ...]:
        """This action at its own CA, then as it is at each fallback that can be asked."""
        usable = [each for each in self.fallbacks if each.hindrance is None]
        return (
            self,
            *(
                replace(
                    self,
                    server=each.server,
                    account=each.account,
                    key=each.key,
                    options=each.options,
                    fallbacks=(),
                )
                for each in usable
            ),
        )

    @property
    def is_kept(self) -> bool:
        """Whether it makes a version of a lineage: rehearsals and certificates for a CSR do not."""
        return not self.dry_run and self.options.csr_der is None


@dataclass(frozen=True, slots=True)
class Leave:
    """No certificate is ordered for this lineage now.

    ``relink`` is a newer version that is complete but not live: it is made live.
    """

    name: CertificateName
    identifiers: tuple[Identifier, ...]
    reason: NotDueReason
    not_after: datetime
    fullchain_path: str
    renew_at: datetime | None = None
    relink: int | None = None
    conf_path: str = ""

    @property
    def is_put_off(self) -> bool:
        """Whether it is due, and a wait has to be over first."""
        return isinstance(self.reason, BackingOff | Limited)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A lineage that is due, but that cannot be ordered for as things stand; the others go on."""

    name: CertificateName
    identifiers: tuple[Identifier, ...]
    conf_path: str
    live_fullchain: str
    error: OperatorError


@dataclass(frozen=True, slots=True)
class Report:
    """A renewal file that cannot be read: it is reported, and the others go on."""

    conf_path: str
    message: str
    remedy: str

    @property
    def name(self) -> CertificateName:
        """What the lineage is called after its file."""
        return CertificateName(posixpath.basename(self.conf_path).removesuffix(".conf"))


Action = Issue | Leave | Blocked | Report


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, in order."""

    actions: tuple[Action, ...]
    made_at: datetime

    @property
    def issues(self) -> tuple[Issue, ...]:
        return tuple(action for action in self.actions if isinstance(action, Issue))

    @property
    def blocked(self) -> tuple[Blocked, ...]:
        return tuple(action for action in self.actions if isinstance(action, Blocked))

    @property
    def next_due(self) -> Leave | None:
        """What is left now and becomes due first; None where nothing will, or it is not known yet."""
        waiting = [each for each in self.actions if isinstance(each, Leave) and each.renew_at is not None]
        return min(waiting, key=lambda each: each.renew_at or self.made_at, default=None)

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(action for action in self.actions if isinstance(action, Report))
