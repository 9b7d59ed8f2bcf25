"""Certificates after issuance: download with alternates, and renewal information."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from everseal.localca.call import Answer, Call, timestamp
from everseal.localca.records import IssuedCertificate
from everseal.localca.refusal import Refusal
from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.localca.faults import Drawn
    from everseal.localca.office import Office

_CHAIN_TYPE: Final = "application/pem-certificate-chain"
_HOUR: Final = 3600.0
_SHORT_LIVED: Final = 10 * 24 * _HOUR
_CHAIN_FAULTS: Final = ("chain-missing", "chain-garbage", "chain-crlf", "chain-trailing-junk")


@dataclass(frozen=True, slots=True)
class Certificates:
    """The resources certificate, alternate and renewalInfo."""

    office: Office

    def download(self, call: Call) -> Answer:
        """The chain in PEM, leaf first (RFC 8555 section 7.4.2); the second argument chooses an alternate."""
        if not call.envelope.is_read:
            raise Refusal("malformed", "a certificate is read with an empty payload (POST-as-GET)")
        certificate = self.office.ledger.get(IssuedCertificate, call.arguments[0])
        if certificate is None or certificate.der is None:
            raise Refusal("malformed", "there is no such certificate", 404)
        if certificate.account != call.account.id:
            raise Refusal("unauthorized", "the certificate belongs to another account", 403)
        chains = self.office.authority.chains()
        number = call.arguments[1] if len(call.arguments) > 1 else "0"
        if number not in [str(one) for one in range(len(chains))]:
            raise Refusal("malformed", "there is no such alternate chain", 404)
        pem = ssl.DER_cert_to_PEM_cert(certificate.der).encode("ascii")
        body = _spoil(pem, chains[int(number)], call.drawn)
        return Answer(200, body, self._others(call, certificate.id, number), _CHAIN_TYPE)

    def renewal_info(self, call: Call) -> Answer:
        """RFC 9773 section 4.2: when to renew this certificate; anybody may ask."""
        certificate = self.office.ledger.certificate_of_cert_id(call.arguments[0])
        if certificate is None:
            raise Refusal("malformed", "there is no certificate with this identifier", 404)
        start, end = suggested_window(certificate, call.time)
        info: dict[str, object] = {"suggestedWindow": {"start": timestamp(start), "end": timestamp(end)}}
        if certificate.explanation:
            info["explanationURL"] = certificate.explanation
        lifetime = certificate.not_after - certificate.not_before
        wait = max(1, int(min(6 * _HOUR, lifetime / 20)))
        return Answer(200, info, (("Retry-After", str(wait)),))

    def _others(self, call: Call, identity: str, number: str) -> tuple[tuple[str, str], ...]:
        """A link to each chain but this one."""
        urls = [call.links.to("certificate", identity)]
        urls += [
            call.links.to("alternate", identity, str(one))
            for one in range(1, len(self.office.authority.chains()))
        ]
        others = [url for one, url in enumerate(urls) if str(one) != number]
        return tuple(("Link", f'<{url}>;rel="alternate"') for url in others)


def suggested_window(certificate: IssuedCertificate, now: float) -> tuple[float, float]:
    """Around two thirds of the lifetime, half for short-lived ones; in the past for revoked ones."""
    if certificate.window:
        return certificate.window
    if certificate.revoked is not None:
        return certificate.revoked - _HOUR, min(now, certificate.revoked + _HOUR / 2)
    lifetime = certificate.not_after - certificate.not_before
    centre = certificate.not_before + lifetime * (1 / 2 if lifetime < _SHORT_LIVED else 2 / 3)
    return centre - lifetime / 100, centre + lifetime / 100


def _spoil(pem: bytes, chain: bytes, drawn: Drawn) -> bytes:
    match drawn.chosen(*_CHAIN_FAULTS):
        case "chain-missing":
            return pem
        case "chain-garbage":
            return b"-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
        case "chain-crlf":
            return (pem + chain).replace(b"\n", b"\r\n")
        case "chain-trailing-junk":
            return pem + chain + b"\n\nThank you for your business.\n"
        case _:
            return pem + chain
