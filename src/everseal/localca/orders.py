"""Orders: made, read, finalized (RFC 8555 sections 7.1.3 and 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from everseal.acme.jws import unb64url
from everseal.localca.authorizations import Authorizations
from everseal.localca.call import Answer, Call, read_timestamp, timestamp
from everseal.localca.certificates import suggested_window
from everseal.localca.csr import read_request
from everseal.localca.identifiers import check_permitted, parse_identifiers
from everseal.localca.progress import settled
from everseal.localca.quotas import Quotas
from everseal.localca.records import Account, IssuedCertificate, Order
from everseal.localca.refusal import Refusal, identifier_json
from everseal.model.frozen import dataclass
from everseal.model.names import IpAddress

if TYPE_CHECKING:
    from everseal.localca.links import Links
    from everseal.localca.office import Office
    from everseal.localca.profiles import Profile
    from everseal.model.names import Identifier

_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Orders:
    """The resources newOrder, order and finalize; ``issue`` starts the work on a finalized order."""

    office: Office
    authorizations: Authorizations
    issue: Callable[[str], None]

    def new(self, call: Call) -> Answer:
        payload = call.envelope.object()
        identifiers = parse_identifiers(payload.get("identifiers"))
        check_permitted(identifiers, self.office.authority.constraints)
        name, asked = self._profile_name(payload)
        if not asked and call.drawn.has("random-profile"):
            name = self._any_profile(identifiers)
        if objection := _objection(self.office.settings.profiles[name], identifiers):
            raise objection
        wished = _Wishes.read(payload, call.time, self.office.settings.profiles[name])
        quotas = Quotas(self.office)
        quotas.refuse_paused(call, identifiers)
        with self.office.ledger.transaction():
            replaced = self._replaced(wished.replaces, call.account, identifiers)
            quotas.order(call.account.id, identifiers, ari=_is_in_window(replaced, call.time))
            order = self._reusable(call, identifiers, name, wished)
            if order is None:
                order = self._create(call, identifiers, wished, replaced, profile=name, asked=asked)
        location = ("Location", call.links.to("order", order.id))
        return Answer(201, self._document(order, call.links), (location,))

    def read(self, call: Call) -> Answer:
        order = self._own(call)
        return Answer(200, self._document(order, call.links), self._retry_after(order))

    def finalize(self, call: Call) -> Answer:
        """The request is checked at once, the certificate made in the background."""
        encoded = call.envelope.object().get("csr")
        order = self._own(call)
        if order.status != "ready":
            raise Refusal("orderNotReady", f"the order is {order.status}", 403)
        try:
            der = unb64url(encoded) if isinstance(encoded, str) else b""
        except ValueError:
            raise Refusal("badCSR", "the certificate request is not base64url without padding") from None
        self._check_request(der, order, call.account)
        with self.office.ledger.transaction():
            order = self.current(order.id)
            if order.status != "ready":
                raise Refusal("orderNotReady", f"the order is {order.status}", 403)
            order = replace(order, status="processing", csr=der)
            self.office.ledger.put(order)
        self.issue(order.id)
        order = self.current(order.id)
        location = ("Location", call.links.to("order", order.id))
        return Answer(200, self._document(order, call.links), (location, *self._retry_after(order)))

    def current(self, identity: str) -> Order:
        """The order as its authorizations have made it by now; raises Refusal."""
        with self.office.ledger.transaction():
            order = self.office.ledger.get(Order, identity)
            if order is None:
                raise Refusal("malformed", "there is no such order", 404)
            if order.status not in ("pending", "ready"):
                return order
            parts = [self.authorizations.current(one) for one in order.authorizations]
            lost = [one.id for one in parts if one.status == "invalid"]
            challenges = {one: self.office.ledger.challenges_of(one) for one in lost}
            later = settled(order, parts, challenges, self.office.time())
            if later != order:
                self.office.ledger.put(later)
        return later

    def _own(self, call: Call) -> Order:
        if call.drawn.has("expire-authorizations"):
            self._expire(call.arguments[0])
        order = self.current(call.arguments[0])
        if order.account != call.account.id:
            raise Refusal("unauthorized", "the order belongs to another account", 403)
        return order

    def _expire(self, identity: str) -> None:
        """Let the order's authorizations end before their time."""
        with self.office.ledger.transaction():
            order = self.office.ledger.get(Order, identity)
            for one in () if order is None else order.authorizations:
                self.office.ledger.put(replace(self.authorizations.current(one), expires=self.office.time()))

    def _retry_after(self, order: Order) -> tuple[tuple[str, str], ...]:
        seconds = self.office.settings.retry_after
        return (("Retry-After", str(seconds)),) if seconds and order.status == "processing" else ()

    def _check_request(self, der: bytes, order: Order, account: Account) -> None:
        request = read_request(der, order.identifiers)
        self.office.gatekeeper.check_certificate_key(request.key, account.jwk)

    def _profile_name(self, payload: Mapping[str, Any]) -> tuple[str, bool]:
        name = payload.get("profile")
        if name is None:
            return self.office.settings.default_profile, False
        if not isinstance(name, str) or name not in self.office.settings.profiles:
            raise Refusal("invalidProfile", "there is no such profile")
        return name, True

    def _any_profile(self, identifiers: Sequence[Identifier]) -> str:
        """One of those that take these identifiers, drawn by chance."""
        settings = self.office.settings
        fit = [name for name, profile in settings.profiles.items() if not _objection(profile, identifiers)]
        return str(self.office.faults.shuffled(fit or [settings.default_profile])[0])

    def _reusable(
        self, call: Call, identifiers: Sequence[Identifier], profile: str, wished: _Wishes
    ) -> Order | None:
        """An open order of the account for the same, where the CA hands those out again."""
        if not self.office.settings.reuse_orders or wished != _Wishes():
            return None
        for known in self.office.ledger.open_orders_of(call.account.id):
            order = self.current(known.id)
            same = set(order.identifiers) == set(identifiers) and order.profile == profile
            if same and order.status in ("pending", "ready") and order.expires > call.time + _MINUTE:
                return order
        return None

    def _create(
        self,
        call: Call,
        identifiers: Sequence[Identifier],
        wished: _Wishes,
        replaced: IssuedCertificate | None,
        *,
        profile: str,
        asked: bool,
    ) -> Order:
        parts = [self._authorize(call, identifier) for identifier in identifiers]
        if call.drawn.has("shuffle"):
            parts = self.office.faults.shuffled(parts)
        order = Order(
            id=self.office.new_id(),
            account=call.account.id,
            status="pending",
            identifiers=tuple(identifiers),
            authorizations=tuple(parts),
            profile=profile,
            profile_asked=asked,
            not_before=wished.not_before,
            not_after=wished.not_after,
            replaces=wished.replaces,
            expires=call.time + self.office.settings.authorization_lifetime.total_seconds(),
            error=None,
            certificate=None,
            csr=None,
            created=call.time,
        )
        self.office.ledger.put(order)
        if replaced:
            self.office.ledger.put(replace(replaced, replaced_by=order.id))
        return self.current(order.id)

    def _authorize(self, call: Call, identifier: Identifier) -> str:
        """The id of a valid authorization that may be used again, or of a new one."""
        any_one = self.office.settings.reuse_authorizations or call.drawn.has("reuse-authorizations")
        after = call.time + _MINUTE
        for known in self.office.ledger.valid_authorizations(call.account.id, identifier, after):
            if known.preauthorized or any_one:
                return known.id
        return self.authorizations.create(call.account, identifier, call.drawn).id

    def _replaced(
        self, cert_id: str | None, account: Account, identifiers: Sequence[Identifier]
    ) -> IssuedCertificate | None:
        """The certificate that the new order replaces (RFC 9773 section 5)."""
        if cert_id is None:
            return None
        certificate = self.office.ledger.certificate_of_cert_id(cert_id)
        if certificate is None:
            raise Refusal("malformed", "replaces names no certificate of this CA")
        if certificate.account != account.id:
            raise Refusal("unauthorized", "replaces names a certificate of another account", 403)
        if not set(certificate.identifiers) & set(identifiers):
            raise Refusal("malformed", "replaces names a certificate without any of the order's identifiers")
        if certificate.replaced_by:
            other = self.office.ledger.get(Order, certificate.replaced_by)
            if other and self.current(other.id).status != "invalid":
                raise Refusal("alreadyReplaced", "another order replaces this certificate already", 409)
        return certificate

    def _document(self, order: Order, links: Links) -> dict[str, object]:
        document: dict[str, object] = {
            "status": order.status,
            "expires": timestamp(order.expires),
            "identifiers": [identifier_json(one) for one in order.identifiers],
            "authorizations": [links.to("authorization", one) for one in order.authorizations],
            "finalize": links.to("finalize", order.id),
        }
        for name, moment in (("notBefore", order.not_before), ("notAfter", order.not_after)):
            if moment is not None:
                document[name] = timestamp(moment)
        if order.profile_asked:
            document["profile"] = order.profile
        if order.replaces:
            document["replaces"] = order.replaces
        if order.certificate:
            document["certificate"] = links.to("certificate", order.certificate)
        if order.error:
            document["error"] = order.error
        return document


def _objection(profile: Profile, identifiers: Sequence[Identifier]) -> Refusal | None:
    """What keeps these identifiers from being certified by the profile."""
    if len(identifiers) > profile.most_names:
        return Refusal("rejectedIdentifier", f"the profile takes at most {profile.most_names} identifiers")
    if not profile.addresses and any(isinstance(one, IpAddress) for one in identifiers):
        return Refusal("invalidProfile", "the profile takes no IP addresses")
    return None


def _is_in_window(replaced: IssuedCertificate | None, now: float) -> bool:
    """Whether the order comes when the CA suggested (RFC 9773): then no limit stands in its way."""
    if replaced is None:
        return False
    start, end = suggested_window(replaced, now)
    return start <= now < end


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The optional members of a new order."""

    not_before: float | None = None
    not_after: float | None = None
    replaces: str | None = None

    @classmethod
    def read(cls, payload: Mapping[str, Any], now: float, profile: Profile) -> _Wishes:
        """Raises Refusal for times outside what the profile allows."""
        replaces = payload.get("replaces")
        if replaces is not None and not isinstance(replaces, str):
            raise Refusal("malformed", "replaces is not a text")
        start = read_timestamp(payload.get("notBefore"), "notBefore")
        end = read_timestamp(payload.get("notAfter"), "notAfter")
        longest = profile.validity.total_seconds()
        begin = now if start is None else start
        if not now - 2 * profile.backdate.total_seconds() <= begin <= now + longest:
            raise Refusal("malformed", "notBefore is too far from now")
        if end is not None and not begin < end <= begin + longest:
            raise Refusal("malformed", "notAfter is not within what the profile allows")
        return cls(start, end, replaces)
