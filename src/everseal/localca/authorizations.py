"""Authorizations and challenges: made, read, answered, given up (RFC 8555 section 7.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from everseal.localca.call import Answer, Call, timestamp
from everseal.localca.identifiers import check_permitted, parse_identifiers
from everseal.localca.progress import aged
from everseal.localca.records import Account, Authorization, Challenge
from everseal.localca.refusal import Refusal, identifier_json
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier

if TYPE_CHECKING:
    from everseal.localca.faults import Drawn
    from everseal.localca.links import Links
    from everseal.localca.office import Office

_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Authorizations:
    """The resources newAuthz, authorization and challenge; ``validate`` starts the work on a challenge."""

    office: Office
    validate: Callable[[str], None]

    def new(self, call: Call) -> Answer:
        """Pre-authorization (RFC 8555 section 7.4.1); never for wildcards."""
        if not self.office.settings.pre_authorization:
            raise Refusal("malformed", "there is no pre-authorization here", 404)
        asked = call.envelope.object().get("identifier")
        identifier = parse_identifiers([asked])[0]
        if identifier.is_wildcard:
            raise Refusal("malformed", "a wildcard cannot be authorized in advance")
        check_permitted([identifier], self.office.authority.constraints)
        with self.office.ledger.transaction():
            authorization = self.create(call.account, identifier, call.drawn, preauthorized=True)
        location = ("Location", call.links.to("authorization", authorization.id))
        return Answer(201, self.document(authorization, call.links), (location,))

    def read(self, call: Call) -> Answer:
        """Read, or deactivate (RFC 8555 section 7.5.2)."""
        authorization = self._own(call, call.arguments[0])
        if not call.envelope.is_read:
            if call.envelope.object().get("status") != "deactivated":
                raise Refusal("malformed", "an authorization's status can only be set to deactivated")
            if authorization.status not in ("pending", "valid"):
                raise Refusal("malformed", f"the authorization is {authorization.status}")
            authorization = replace(authorization, status="deactivated")
            self.office.ledger.put(authorization)
        return Answer(200, self.document(authorization, call.links), self._retry_after(authorization.status))

    def challenge(self, call: Call) -> Answer:
        """Read, or respond with an object: validation begins (RFC 8555 section 7.5.1)."""
        with self.office.ledger.transaction():
            challenge = self.office.ledger.get(Challenge, call.arguments[0])
            if challenge is None:
                raise Refusal("malformed", "there is no such challenge", 404)
            authorization = self._own(call, challenge.authorization)
            begins = not call.envelope.is_read and self._respond(call, authorization, challenge)
            if begins:
                challenge = replace(challenge, status="processing")
                self.office.ledger.put(challenge)
        if begins:
            self.validate(challenge.id)
            challenge = self.office.ledger.get(Challenge, challenge.id) or challenge
        up = ("Link", f'<{call.links.to("authorization", authorization.id)}>;rel="up"')
        headers = (up, *self._retry_after(challenge.status))
        return Answer(200, challenge_document(challenge, call.links), headers)

    def create(
        self, account: Account, identifier: Identifier, drawn: Drawn, *, preauthorized: bool = False
    ) -> Authorization:
        """A new authorization with its challenges; inside a transaction."""
        settings, now = self.office.settings, self.office.time()
        born_valid = drawn.has("born-valid")
        lifetime = settings.authorization_lifetime if born_valid else settings.pending_lifetime
        authorization = Authorization(
            id=self.office.new_id(),
            account=account.id,
            identifier=identifier.base,
            wildcard=identifier.is_wildcard,
            status="valid" if born_valid else "pending",
            expires=now + lifetime.total_seconds(),
            preauthorized=preauthorized,
        )
        self.office.ledger.put(authorization)
        for position, kind in enumerate(challenge_types(identifier)):
            challenge = Challenge(
                id=self.office.new_id(),
                authorization=authorization.id,
                position=position,
                type=kind,
                token=("../" if drawn.has("token-with-slash") else "") + self.office.new_id(_TOKEN_BYTES),
                status="pending",
                error=None,
                validated=None,
            )
            self.office.ledger.put(challenge)
        return authorization

    def current(self, identity: str) -> Authorization:
        """The authorization as of now."""
        authorization = self.office.ledger.get(Authorization, identity)
        if authorization is None:
            raise Refusal("malformed", "there is no such authorization", 404)
        return aged(authorization, self.office.time())

    def document(self, authorization: Authorization, links: Links) -> dict[str, object]:
        """While pending all challenges are shown, afterwards only the one that decided."""
        challenges = self.office.ledger.challenges_of(authorization.id)
        if authorization.status != "pending":
            challenges = [one for one in challenges if one.status in ("valid", "invalid")] or challenges[:1]
        document: dict[str, object] = {
            "status": authorization.status,
            "expires": timestamp(authorization.expires),
            "identifier": identifier_json(authorization.identifier),
            "challenges": [challenge_document(one, links) for one in challenges],
        }
        if authorization.wildcard:
            document["wildcard"] = True
        return document

    def _own(self, call: Call, identity: str) -> Authorization:
        authorization = self.current(identity)
        if authorization.account != call.account.id:
            raise Refusal("unauthorized", "the authorization belongs to another account", 403)
        return authorization

    def _respond(self, call: Call, authorization: Authorization, challenge: Challenge) -> bool:
        """Whether validation is to begin; asking again about one that runs or has run changes nothing."""
        call.envelope.object()
        if challenge.status != "pending":
            return False
        if authorization.status != "pending":
            raise Refusal("malformed", f"the authorization is {authorization.status}")
        return True

    def _retry_after(self, status: str) -> tuple[tuple[str, str], ...]:
        seconds = self.office.settings.retry_after
        return (("Retry-After", str(seconds)),) if seconds and status in ("pending", "processing") else ()


def challenge_types(identifier: Identifier) -> tuple[str, ...]:
    """What an identifier can be validated with (RFC 8555 section 8, RFC 8737, RFC 8738)."""
    if identifier.is_wildcard:
        return ("dns-01",)
    if isinstance(identifier, DnsName):
        return ("http-01", "dns-01", "tls-alpn-01")
    return ("http-01", "tls-alpn-01")


def challenge_document(challenge: Challenge, links: Links) -> dict[str, object]:
    document: dict[str, object] = {
        "type": challenge.type,
        "url": links.to("challenge", challenge.id),
        "status": challenge.status,
        "token": challenge.token,
    }
    if challenge.validated is not None:
        document["validated"] = timestamp(challenge.validated)
    if challenge.error:
        document["error"] = challenge.error
    return document
