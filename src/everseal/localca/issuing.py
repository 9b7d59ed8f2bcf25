"""From a finalized order to a certificate: logged first, signed second, given out third."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from everseal.acme.jws import b64url
from everseal.localca import leaf
from everseal.localca.authority import new_serial
from everseal.localca.csr import CertificateRequest, read_request
from everseal.localca.faults import Drawn, Pause, Refuse, Validity
from everseal.localca.quotas import Quotas
from everseal.localca.records import IssuedCertificate, Order
from everseal.localca.refusal import Refusal, subproblem
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName

if TYPE_CHECKING:
    from everseal.localca.office import Office

_LEAF_FAULTS: Final = ("leaf-wrong-key", "leaf-wrong-names", "leaf-expired", "leaf-not-yet-valid")


@dataclass(frozen=True, slots=True)
class Issuing:
    """Turns orders in ``processing`` into valid (or invalid) ones; ``crl_url`` goes into each leaf."""

    office: Office
    crl_url: str

    def issue(self, identity: str) -> None:
        """Safe to call again for the same order, as after a restart."""
        drawn = self.office.faults.draw("issue")
        for fault in drawn.faults:
            if isinstance(fault, Pause):
                self.office.clock.sleep(self.office.faults.length(fault))
        order = self.office.ledger.get(Order, identity)
        if order is None or order.status != "processing" or order.csr is None or drawn.has("stall"):
            return
        refusal = _refusal(drawn, order)
        if refusal is not None:
            self.office.ledger.put(replace(order, status="invalid", error=refusal.document()))
            return
        try:
            self._sign(order, read_request(order.csr, order.identifiers), drawn)
        except Refusal as error:
            self.office.ledger.put(replace(order, status="invalid", error=error.document()))

    def _sign(self, order: Order, request: CertificateRequest, drawn: Drawn) -> None:
        draft = self._draft(order, request)
        certificate = IssuedCertificate(
            id=self.office.new_id(),
            cert_id=self._cert_id(draft.serial),
            serial=f"{draft.serial:x}",
            order_id=order.id,
            account=order.account,
            identifiers=order.identifiers,
            not_before=draft.not_before.timestamp(),
            not_after=draft.not_after.timestamp(),
            spki=request.spki,
            der=None,
            chain=0,
            logged=self.office.time(),
        )
        with self.office.ledger.transaction(durable=True):
            self.office.ledger.put(certificate)
            self.office.ledger.note(certificate.logged, "certificate logged", certificate.serial)
        signed = leaf.sign(_spoil(draft, drawn, self.office.clock.now()), self.office.authority.issuer)
        der = signed.public_bytes(serialization.Encoding.DER)
        with self.office.ledger.transaction():
            self.office.ledger.put(replace(certificate, der=der))
            self.office.ledger.put(replace(order, status="valid", certificate=certificate.id))
            Quotas(self.office).issued(order.identifiers, order.account)

    def _draft(self, order: Order, request: CertificateRequest) -> leaf.Leaf:
        profile = self.office.settings.profiles.get(order.profile)
        if profile is None:
            raise Refusal("invalidProfile", "the profile is no longer offered")
        not_before, not_after = leaf.validity(
            profile,
            self.office.authority.issuer,
            self.office.clock.now(),
            not_before=_moment(order.not_before),
            not_after=_moment(order.not_after),
        )
        return leaf.Leaf(
            serial=new_serial(self.office.random),
            key=request.key,
            identifiers=order.identifiers,
            not_before=not_before,
            not_after=not_after,
            common_name=leaf.common_name(order.identifiers) if profile.common_name else None,
            subject_key_id=profile.subject_key_id,
            key_encipherment=profile.key_encipherment,
            crl_url=self.crl_url,
        )

    def _cert_id(self, serial: int) -> str:
        """RFC 9773 section 4.1; the serial never needs a leading zero octet."""
        issuer = self.office.authority.issuer.authority_key_identifier.key_identifier or b""
        return f"{b64url(issuer)}.{b64url(serial.to_bytes(16, 'big'))}"


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _refusal(drawn: Drawn, order: Order) -> Refusal | None:
    """The scripted end of an order, if there is one."""
    for fault in drawn.faults:
        if isinstance(fault, Refuse):
            return Refusal(fault.kind, fault.detail, fault.status, members=fault.members)
    if not drawn.has("spoil-order"):
        return None
    why = Refusal("rejectedIdentifier", "the identifier is on a list").document()
    parts = [subproblem(one, why) for one in order.identifiers]
    return Refusal("compound", "the order cannot be fulfilled", 403, subproblems=parts)


def _spoil(draft: leaf.Leaf, drawn: Drawn, now: datetime) -> leaf.Leaf:
    """The leaf as a CA gone wrong would make it."""
    for fault in drawn.faults:
        if isinstance(fault, Validity):
            begins = now + fault.begins
            draft = replace(draft, not_before=begins, not_after=begins + fault.lives)
    lifetime = draft.not_after - draft.not_before
    match drawn.chosen(*_LEAF_FAULTS):
        case "leaf-wrong-key":
            return replace(draft, key=ec.generate_private_key(ec.SECP256R1()).public_key())
        case "leaf-wrong-names":
            return replace(draft, identifiers=(DnsName("somebody-else.test"),))
        case "leaf-expired":
            return replace(draft, not_before=draft.not_before - 2 * lifetime, not_after=_ago(draft))
        case "leaf-not-yet-valid":
            return replace(draft, not_before=draft.not_after - timedelta(seconds=1))
        case _:
            return draft


def _ago(draft: leaf.Leaf) -> datetime:
    return draft.not_before - timedelta(seconds=1)
