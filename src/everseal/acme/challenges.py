"""Challenges and what proves them: key authorizations and their renderings.

RFC 8555 section 8 (http-01, dns-01), RFC 8737 (tls-alpn-01), RFC 8738 (IP addresses).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final, Literal, cast

from everseal.acme.jws import b64url, thumbprint
from everseal.acme.problems import Problem
from everseal.acme.states import ChallengeStatus
from everseal.acme.wire import BadToken, parse_token
from everseal.model.errors import BadName, OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier, IpAddress

if TYPE_CHECKING:
    from everseal.model.keys import Signer

ChallengeType = Literal["http-01", "dns-01", "tls-alpn-01"]
CHALLENGE_TYPES: Final[tuple[ChallengeType, ...]] = ("http-01", "dns-01", "tls-alpn-01")
WELL_KNOWN_PATH: Final = "/.well-known/acme-challenge/"
DNS_LABEL: Final = "_acme-challenge"
ALPN_PROTOCOL: Final = "acme-tls/1"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as the CA describes it.

    Of a type in CHALLENGE_TYPES it has a checked ``token``; of another type it may have none, and
    ``members`` holds whatever else the CA sent.
    """

    type: str
    url: str
    status: ChallengeStatus
    token: str | None = None
    error: Problem | None = None
    members: Mapping[str, object] = field(default_factory=dict, repr=False, hash=False)


class NotPresentable(OperatorError):
    """A challenge that none of the known renderings proves, or a record of one that was damaged."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"this challenge cannot be presented: {why}",
            remedy="choose another authenticator, one that answers http-01, dns-01 or tls-alpn-01",
        )


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a solver puts in place for one challenge.

    ``identifier`` is the base name; ``wildcard`` says that the order has ``*.`` in front of it.
    """

    identifier: Identifier
    type: ChallengeType
    token: str
    key_authorization: str
    wildcard: bool = False

    @classmethod
    def of(
        cls, challenge: Challenge, identifier: Identifier, signer: Signer, *, wildcard: bool = False
    ) -> Presentation:
        """The proof of ``challenge`` by the account key ``signer``; raises NotPresentable."""
        kind = _known(challenge.type)
        if challenge.token is None:
            raise NotPresentable(f"the {kind} challenge has no token")
        authorization = key_authorization(challenge.token, signer)
        return cls(identifier.base, kind, challenge.token, authorization, wildcard)

    @property
    def http_path(self) -> str:
        """The path of the URL that http-01 fetches; the body is the key authorization."""
        return WELL_KNOWN_PATH + self.token

    @property
    def dns_name(self) -> str:
        """The name of the TXT record that dns-01 looks for, without a trailing dot."""
        return f"{DNS_LABEL}.{self.identifier}"

    @property
    def dns_value(self) -> str:
        """The value of the TXT record: 43 characters."""
        return b64url(self.alpn_digest)

    @property
    def alpn_digest(self) -> bytes:
        """SHA-256 of the key authorization: what the acmeIdentifier extension holds."""
        import hashlib

        return hashlib.sha256(self.key_authorization.encode("ascii")).digest()

    @property
    def server_name(self) -> str:
        """The SNI that tls-alpn-01 sends: the name, or an address's reverse name (RFC 8738 section 6)."""
        match self.identifier:
            case IpAddress():
                return self.identifier.reverse_name
            case DnsName():
                return self.identifier.value

    def as_json(self) -> dict[str, object]:
        """A journal's form of it; from_json reads it back."""
        return {
            "identifier": {"type": self.identifier.type, "value": self.identifier.value},
            "type": self.type,
            "token": self.token,
            "keyAuthorization": self.key_authorization,
            "wildcard": self.wildcard,
        }

    @classmethod
    def from_json(cls, members: Mapping[str, object]) -> Presentation:
        """Raises NotPresentable for a record that as_json did not make."""
        identifier, authorization = members.get("identifier"), members.get("keyAuthorization")
        if not isinstance(identifier, dict) or not isinstance(authorization, str):
            raise NotPresentable("its record is incomplete")
        try:
            token = parse_token(members.get("token"))
            parsed = _identifier(cast("Mapping[str, object]", identifier))
        except (BadToken, BadName) as error:
            raise NotPresentable(f"its record is damaged: {error}") from None
        if authorization.partition(".")[0] != token or not authorization.isascii():
            raise NotPresentable("its record is damaged: the key authorization has another token")
        kind = _known(str(members.get("type")))
        return cls(parsed, kind, token, authorization, members.get("wildcard") is True)


def key_authorization(token: str, signer: Signer) -> str:
    """``token.thumbprint`` (RFC 8555 section 8.1)."""
    return f"{token}.{thumbprint(signer.public_jwk())}"


def _known(text: str) -> ChallengeType:
    for kind in CHALLENGE_TYPES:
        if text == kind:
            return kind
    raise NotPresentable(f"{text!r} is not a type that can be answered here")


def _identifier(members: Mapping[str, object]) -> Identifier:
    value = str(members.get("value"))
    return IpAddress.parse(value) if members.get("type") == "ip" else DnsName.parse(value)
