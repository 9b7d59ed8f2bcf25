"""What would be done besides obtaining certificates: lineages deleted, certificates revoked, accounts
opened, changed and closed.

Each is a value that is shown, or that drives what is done.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Literal, assert_never

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import CertificateName, Identifier
from everseal.planning.plan import AccountStep, PlannedFile, UseAccount
from everseal.planning.requests import PlannedRequest
from everseal.planning.words import moment

AccountVerb = Literal["register", "update", "deactivate"]


@dataclass(frozen=True, slots=True)
class LineageDeletion:
    """A lineage's files go; the CA is not told.

    ``not_after`` is the end of its live certificate.  A damaged lineage has the ``damage`` instead: only
    what lies in the default places goes then.
    """

    name: CertificateName
    paths: tuple[str, ...]
    not_after: datetime | None = None
    damage: OperatorError | None = None

    @property
    def sentence(self) -> str:
        """Why, and what an operator should know, without a final full stop."""
        if self.damage is not None:
            return f"you ask for it; its renewal file does not say where all its files are: {self.damage}"
        if self.not_after is None:
            return "you ask for it, and an earlier run was interrupted at it"
        until = moment(self.not_after)
        return f"you ask for it; the certificate is valid until {until}, and deleting does not revoke it"


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """Lineages that go, one after the other."""

    lineages: tuple[LineageDeletion, ...]


@dataclass(frozen=True, slots=True)
class Revocation:
    """A certificate (``certificate_pem``, leaf first) is revoked at ``server``.

    ``signer`` is the account that asks, None for the certificate's own key.  ``reason`` is a CRL reason
    (RFC 5280 section 5.3.1) with its name.  ``holders`` are the lineages it is of; ``deletion`` is what
    goes afterwards unless a person says no.
    """

    path: str
    certificate_pem: bytes = field(repr=False)
    serial: int
    identifiers: tuple[Identifier, ...]
    not_after: datetime
    reason: int
    reason_name: str
    server: str
    signer: UseAccount | None
    requests: tuple[PlannedRequest, ...]
    holders: tuple[CertificateName, ...] = ()
    deletion: DeletionPlan | None = None

    @property
    def sentence(self) -> str:
        """Why, without a final full stop."""
        return f"you ask for it, for the reason {self.reason_name}; without it, it is valid until " + moment(
            self.not_after
        )


@dataclass(frozen=True, slots=True)
class AccountChange:
    """An account is opened, gets other contacts, or is closed for good.

    ``contacts`` are ``mailto:`` URLs; ``files`` are those that are written, or removed with the account.
    """

    verb: AccountVerb
    server: str
    account: AccountStep
    contacts: tuple[str, ...]
    requests: tuple[PlannedRequest, ...]
    files: tuple[PlannedFile, ...] = ()

    @property
    def sentence(self) -> str:
        """Why, and what an operator should know, without a final full stop."""
        match self.verb:
            case "register":
                return (
                    "you ask for it, and there is no account at this CA yet; its terms have to be agreed to"
                )
            case "update":
                return "you ask for it; these contacts take the place of those that the CA has"
            case "deactivate":
                return "you ask for it; it cannot be undone, and renewals at this CA will need a new account"
            case _:
                assert_never(self.verb)
