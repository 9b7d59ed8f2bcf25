"""Revocation (RFC 8555 section 7.6) and the list of what was revoked (RFC 5280 section 5)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from everseal.acme.jws import unb64url
from everseal.localca.call import Answer, Call
from everseal.localca.csr import spki_hash
from everseal.localca.envelope import public_key
from everseal.localca.records import IssuedCertificate
from everseal.localca.refusal import Refusal
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.localca.office import Office
    from everseal.localca.records import Account

_KEY_COMPROMISE: Final = 1
_CESSATION: Final = 5
_REASONS: Final = {
    0: None,
    1: x509.ReasonFlags.key_compromise,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
}
_CRL_LIFETIME: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Revocation:
    """The resource revokeCert."""

    office: Office

    def revoke(self, call: Call) -> Answer:
        """By the issuing account, by an account with valid authorizations for every name, or by the
        certificate's own key, which is blocked from then on."""
        payload = call.envelope.object()
        certificate = self._find(payload.get("certificate"))
        reason = payload.get("reason", 0)
        with self.office.ledger.transaction():
            reason = self._decide(call, certificate, reason)
            if certificate.revoked is not None:
                raise Refusal("alreadyRevoked", "the certificate has been revoked before")
            self._mark(certificate, reason, call.time)
            if call.envelope.account is None:
                self._block(certificate, call.time)
        return Answer(200)

    def _find(self, encoded: object) -> IssuedCertificate:
        try:
            der = unb64url(encoded) if isinstance(encoded, str) else b""
            serial = x509.load_der_x509_certificate(der).serial_number
        except ValueError:
            raise Refusal("malformed", "the certificate is not a certificate in base64url DER") from None
        certificate = self.office.ledger.certificate_of_serial(f"{serial:x}")
        if certificate is None or certificate.der != der:
            raise Refusal("malformed", "the certificate was not issued here", 404)
        return certificate

    def _decide(self, call: Call, certificate: IssuedCertificate, reason: object) -> int:
        """The reason to record; raises Refusal for those who may not revoke."""
        if not isinstance(reason, int) or isinstance(reason, bool) or reason not in _REASONS:
            raise Refusal("badRevocationReason", "the reasons taken are 0, 1, 4 and 5")
        account = call.envelope.account
        if account is None:
            if spki_hash(public_key(call.envelope.jwk)) != certificate.spki:
                raise Refusal("unauthorized", "the key is not the certificate's", 403)
            return _KEY_COMPROMISE
        if account.id == certificate.account:
            return reason
        if not self._controls(account, certificate, call.time):
            raise Refusal("unauthorized", "the certificate is not this account's, nor are its names", 403)
        return _CESSATION

    def _controls(self, account: Account, certificate: IssuedCertificate, now: float) -> bool:
        return all(
            self.office.ledger.valid_authorizations(account.id, one, now) for one in certificate.identifiers
        )

    def _mark(self, certificate: IssuedCertificate, reason: int, now: float) -> None:
        self.office.ledger.put(replace(certificate, revoked=now, reason=reason))
        self.office.ledger.note(now, f"certificate revoked ({reason})", certificate.serial)

    def _block(self, certificate: IssuedCertificate, now: float) -> None:
        """Nothing more for this key, and nothing that has it stays good."""
        self.office.ledger.block_key(certificate.spki, now=now)
        for other in self.office.ledger.certificates_with_key(certificate.spki):
            if other.revoked is None:
                self._mark(other, _KEY_COMPROMISE, now)


class RevocationList:
    """The CRL of the issuing intermediate; signed anew when something was revoked or it grows old."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lock = threading.Lock()
        self._made: datetime | None = None
        self._entries: tuple[tuple[str, float, int], ...] = ()
        self._der = b""

    def read(self, call: Call) -> Answer:
        return Answer(200, self.der(), media_type="application/pkix-crl")

    def der(self) -> bytes:
        with self._lock:
            now = self._office.clock.now()
            entries = self._revoked()
            fresh = self._made is not None and now - self._made < _CRL_LIFETIME / 2
            if not fresh or entries != self._entries:
                self._der = self._sign(entries, now)
                self._made, self._entries = now, entries
            return self._der

    def _revoked(self) -> tuple[tuple[str, float, int], ...]:
        found = self._office.ledger.certificates_revoked()
        return tuple((one.serial, one.revoked or 0.0, one.reason or 0) for one in found)

    def _sign(self, entries: tuple[tuple[str, float, int], ...], now: datetime) -> bytes:
        issuer = self._office.authority.issuer
        number = self._office.ledger.count("crl")
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now)
            .next_update(now + _CRL_LIFETIME)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(issuer.authority_key_identifier, critical=False)
        )
        for serial, moment, reason in entries:
            builder = builder.add_revoked_certificate(_entry(serial, moment, reason))
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _entry(serial: str, moment: float, reason: int) -> x509.RevokedCertificate:
    when = datetime.fromtimestamp(moment, UTC)
    builder = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(when)
    flag = _REASONS[reason]
    return (builder.add_extension(x509.CRLReason(flag), critical=False) if flag else builder).build()
