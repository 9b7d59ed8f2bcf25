"""Whether a certificate is revoked, by its CA's OCSP responder (RFC 6960).

Nothing here ever stops a renewal: a responder that cannot be asked, or whose answer does not hold, says
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from everseal.model.certificate import read_certificate
from everseal.system.ocsp_fetch import NotAsked

Fetch = Callable[[str, bytes], bytes]
_TOLERANCE: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(days=10)


def is_revoked(fullchain_pem: bytes, fetch: Fetch, *, now: datetime) -> bool:
    """Ask the first responder that the certificate names; ``fullchain_pem`` is leaf first.

    True only for an answer that is about this certificate, in time, and signed by its issuer or by whom
    the issuer lets answer.
    """
    try:
        leaf, issuer = x509.load_pem_x509_certificates(fullchain_pem)[:2]
        url = read_certificate(fullchain_pem).ocsp_urls[0]
        request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
        answer = ocsp.load_der_ocsp_response(fetch(url, request.public_bytes(serialization.Encoding.DER)))
        return _says_revoked(answer, request, issuer, now)
    except (NotAsked, ValueError, IndexError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        return False


def _says_revoked(
    answer: ocsp.OCSPResponse, request: ocsp.OCSPRequest, issuer: x509.Certificate, now: datetime
) -> bool:
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return False
    if answer.certificate_status is not ocsp.OCSPCertStatus.REVOKED:
        return False
    about = (answer.serial_number, answer.issuer_key_hash, answer.issuer_name_hash)
    if about != (request.serial_number, request.issuer_key_hash, request.issuer_name_hash):
        return False
    if not _is_current(answer, now):
        return False
    _demand_signed(answer, issuer, now)
    return True


def _is_current(answer: ocsp.OCSPResponse, now: datetime) -> bool:
    made, ends = answer.this_update_utc, answer.next_update_utc
    return made <= now + _TOLERANCE and now <= (ends or made + _LONGEST) + _TOLERANCE


def _demand_signed(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """By the issuer, or by a certificate that the issuer made for signing OCSP answers.

    Raises InvalidSignature.
    """
    signer = issuer
    for each in answer.certificates:
        if _may_answer(each, issuer, now):
            signer = each
    digest = answer.signature_hash_algorithm
    match signer.public_key():
        case ec.EllipticCurvePublicKey() as key if digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
        case rsa.RSAPublicKey() as key if digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), digest)
        case _:
            raise InvalidSignature


def _may_answer(delegate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    """RFC 6960 section 4.2.2.2."""
    try:
        usages = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        delegate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    in_time = delegate.not_valid_before_utc <= now <= delegate.not_valid_after_utc
    return ExtendedKeyUsageOID.OCSP_SIGNING in usages and in_time
