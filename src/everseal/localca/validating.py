"""From a challenge in ``processing`` to a valid or invalid one, in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from everseal.acme.challenges import ChallengeType, Presentation
from everseal.localca.faults import Drawn, Pause, Refuse, Vantage
from everseal.localca.quotas import Quotas
from everseal.localca.records import Account, Authorization, Challenge
from everseal.localca.refusal import Refusal
from everseal.localca.validation.caa import Applicant, check_caa
from everseal.localca.validation.dns01 import validate_dns01
from everseal.localca.validation.http01 import validate_http01
from everseal.localca.validation.network import Network, ValidationFailed
from everseal.localca.validation.tls_alpn01 import validate_tls_alpn01
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName

if TYPE_CHECKING:
    from everseal.localca.office import Office


@dataclass(frozen=True, slots=True)
class Validating:
    """Carries out validations; ``account_urls`` gives every URL that an account id is known under."""

    office: Office
    network: Network
    account_urls: Callable[[str], Sequence[str]]

    def validate(self, identity: str) -> None:
        """Safe to call again for the same challenge, as after a restart."""
        drawn = self.office.faults.draw("validation")
        challenge = self.office.ledger.get(Challenge, identity)
        if challenge is None or challenge.status != "processing" or drawn.has("stall"):
            return
        if drawn.has("error-while-processing"):
            early = Refusal("connection", "the first attempt failed, trying again").document()
            self.office.ledger.put(replace(challenge, error=early))
        for fault in drawn.faults:
            if isinstance(fault, Pause):
                self.office.clock.sleep(self.office.faults.length(fault))
        self._record(challenge, self._failure(challenge, drawn))

    def _failure(self, challenge: Challenge, drawn: Drawn) -> Refusal | None:
        for fault in drawn.faults:
            if isinstance(fault, Refuse):
                return Refusal(fault.kind, fault.detail, fault.status)
            if isinstance(fault, Vantage) and fault.spoils:
                detail = f"{fault.failing} of {fault.points} vantage points could not connect"
                return Refusal("connection", f"During secondary validation: {detail}", 400)
        authorization = self.office.ledger.get(Authorization, challenge.authorization)
        account = self.office.ledger.get(Account, authorization.account) if authorization else None
        if authorization is None or account is None or account.status != "valid":
            return Refusal("unauthorized", "the account is not valid", 403)
        try:
            self._look(challenge, authorization, account)
        except ValidationFailed as failure:
            forbidden = failure.kind in ("unauthorized", "caa")
            return Refusal(failure.kind, failure.detail, 403 if forbidden else 400)
        return None

    def _look(self, challenge: Challenge, authorization: Authorization, account: Account) -> None:
        presentation = Presentation(
            identifier=authorization.identifier,
            type=cast("ChallengeType", challenge.type),
            token=challenge.token,
            key_authorization=f"{challenge.token}.{account.thumbprint}",
            wildcard=authorization.wildcard,
        )
        match presentation.type:
            case "http-01":
                validate_http01(presentation, self.network)
            case "dns-01":
                validate_dns01(presentation, self.network)
            case "tls-alpn-01":
                validate_tls_alpn01(presentation, self.network)
        self._check_caa(authorization, account, presentation.type)

    def _check_caa(self, authorization: Authorization, account: Account, method: ChallengeType) -> None:
        """Addresses have no CAA (RFC 8738 section 7), nor have names that come from the hosts table or from
        the operating system, whose hosts file and private zones no public DNS knows."""
        name, settings = authorization.identifier, self.office.settings
        asked = settings.check_caa and self.network.resolver is not None
        if not asked or not isinstance(name, DnsName) or self.network.is_listed(name):
            return
        applicant = Applicant(settings.caa_identities, self.account_urls(account.id), method)
        check_caa(name, authorization.wildcard, applicant, self.network)

    def _record(self, challenge: Challenge, failure: Refusal | None) -> None:
        """The outcome, unless the authorization was given up meanwhile."""
        now = self.office.time()
        with self.office.ledger.transaction():
            authorization = self.office.ledger.get(Authorization, challenge.authorization)
            if authorization is None:
                return
            if failure:
                self.office.ledger.put(replace(challenge, status="invalid", error=failure.document()))
            else:
                self.office.ledger.put(replace(challenge, status="valid", error=None, validated=now))
            if authorization.status != "pending":
                return
            lifetime = self.office.settings.authorization_lifetime.total_seconds()
            changed = (
                replace(authorization, status="invalid")
                if failure
                else replace(authorization, status="valid", expires=now + lifetime)
            )
            self.office.ledger.put(changed)
            Quotas(self.office).validated(changed.account, changed.covers, failed=failure is not None)
