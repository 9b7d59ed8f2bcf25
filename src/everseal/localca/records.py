"""What the CA remembers: accounts, orders, authorizations, challenges, certificates.

Instants are seconds since 1970, so that they can be compared in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier, IpAddress

AccountStatus = Literal["valid", "deactivated", "revoked"]
OrderStatus = Literal["pending", "ready", "processing", "valid", "invalid"]
AuthorizationStatus = Literal["pending", "valid", "invalid", "deactivated", "expired", "revoked"]
ChallengeStatus = Literal["pending", "processing", "valid", "invalid"]
ProblemJson = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Account:
    """``binding`` is the external account binding the account was made with, as it came."""

    id: str
    thumbprint: str
    jwk: Mapping[str, str]
    status: AccountStatus
    contacts: tuple[str, ...]
    terms_agreed: bool
    binding: Mapping[str, str] | None
    created: float


@dataclass(frozen=True, slots=True)
class Order:
    """``certificate`` is the id of the certificate, once there is one."""

    id: str
    account: str
    status: OrderStatus
    identifiers: tuple[Identifier, ...]
    authorizations: tuple[str, ...]
    profile: str
    profile_asked: bool
    not_before: float | None
    not_after: float | None
    replaces: str | None
    expires: float
    error: ProblemJson | None
    certificate: str | None
    csr: bytes | None
    created: float


@dataclass(frozen=True, slots=True)
class Authorization:
    """``identifier`` is the base name; ``preauthorized`` ones came by newAuthz."""

    id: str
    account: str
    identifier: Identifier
    wildcard: bool
    status: AuthorizationStatus
    expires: float
    preauthorized: bool

    @property
    def covers(self) -> Identifier:
        """The identifier of an order that this authorizes."""
        return DnsName(f"*.{self.identifier}") if self.wildcard else self.identifier


@dataclass(frozen=True, slots=True)
class Challenge:
    """``position`` keeps an authorization's challenges in their order."""

    id: str
    authorization: str
    position: int
    type: str
    token: str
    status: ChallengeStatus
    error: ProblemJson | None
    validated: float | None


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """Logged before it is signed: ``der`` is missing when the CA was killed in between.

    ``cert_id`` is the identifier of RFC 9773; ``window`` an interval that overrides the computed one.
    """

    id: str
    cert_id: str
    serial: str
    order_id: str
    account: str
    identifiers: tuple[Identifier, ...]
    not_before: float
    not_after: float
    spki: str
    der: bytes | None
    chain: int
    logged: float
    revoked: float | None = None
    reason: int | None = None
    replaced_by: str | None = None
    window: tuple[float, float] | None = None
    explanation: str | None = None


def write_identifier(identifier: Identifier) -> str:
    return f"{identifier.type}:{identifier.value}"


def read_identifier(text: str) -> Identifier:
    """The reverse of :func:`write_identifier`, for what this CA wrote itself."""
    kind, _, value = text.partition(":")
    return DnsName(value) if kind == "dns" else IpAddress(value)
