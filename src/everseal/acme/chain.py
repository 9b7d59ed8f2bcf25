"""Certificate chains as downloaded, and the choice among alternates (RFC 8555 section 7.4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from everseal.acme.wire import MOST_CERTIFICATES
from everseal.model.certificate import CertificateFacts, read_certificate, split_pem
from everseal.model.frozen import dataclass

MOST_ALTERNATES: Final = 5
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DownloadedChain:
    """A leaf and what follows it, as normalised PEM, and where other chains for the leaf are."""

    pem: bytes
    alternates: tuple[str, ...] = ()

    @property
    def has_issuer(self) -> bool:
        """Whether anything follows the leaf."""
        return len(split_pem(self.pem)) > 1


def normalised_chain(data: bytes) -> bytes:
    """The certificates in ``data`` and nothing else, LF line ends; raises BadCertificate.

    Text around them is dropped, other PEM blocks (keys, say) are refused by the reader.
    """
    return b"".join(split_pem(data, most=MOST_CERTIFICATES))


def choose_chain(
    preferred: str, default: DownloadedChain, alternates: Iterable[DownloadedChain]
) -> DownloadedChain | None:
    """The first chain whose topmost certificate was issued by ``preferred``, or None.

    ``preferred`` is a common name, compared exactly as Certbot does, or the SHA-256 fingerprint of the
    topmost certificate in hexadecimal.  Alternates are asked for one by one, and only while needed.
    """
    if _fits(preferred, default):
        return default
    return next((chain for chain in alternates if _fits(preferred, chain)), None)


def topmost(chain: DownloadedChain) -> CertificateFacts:
    """The certificate nearest to the root."""
    return read_certificate(split_pem(chain.pem, most=MOST_CERTIFICATES)[-1])


def _fits(preferred: str, chain: DownloadedChain) -> bool:
    top = topmost(chain)
    digits = preferred.replace(":", "").replace(" ", "").lower()
    if _FINGERPRINT.fullmatch(digits):
        return top.fingerprint_sha256.hex() == digits
    return top.issuer_cn == preferred
