"""tls-alpn-01 (RFC 8737, RFC 8738): a self-signed certificate behind the protocol ``acme-tls/1``."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from everseal.acme.challenges import ALPN_PROTOCOL
from everseal.localca.validation.dialling import authority, dial, explain
from everseal.localca.validation.network import Network, ValidationFailed
from everseal.model.names import DnsName, Identifier

if TYPE_CHECKING:
    from everseal.acme.challenges import Presentation

_ACME_IDENTIFIER: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")


def validate_tls_alpn01(challenge: Presentation, network: Network) -> None:
    """Raises ValidationFailed."""
    identifier = challenge.identifier
    der, where = _fetch_certificate(challenge, network)
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
    except ValueError as error:
        raise _unauthorized(where, f"its certificate cannot be read ({error})") from None
    _check_self_signed(certificate, where)
    _check_names(extensions, identifier, where)
    _check_digest(extensions, challenge.alpn_digest, where)


def _fetch_certificate(challenge: Presentation, network: Network) -> tuple[bytes, str]:
    """The certificate shown by the server, in DER, and where that was."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN_PROTOCOL])
    identifier = challenge.identifier
    where = authority(identifier.value, network.tls_port)
    deadline = time.monotonic() + network.timeout
    connection = dial(network.addresses(identifier), network.tls_port, deadline=deadline)
    connection.settimeout(max(deadline - time.monotonic(), 0.01))
    try:
        with connection, context.wrap_socket(connection, server_hostname=challenge.server_name) as secured:
            der, protocol = secured.getpeercert(binary_form=True), secured.selected_alpn_protocol()
    except ssl.SSLError as error:
        raise ValidationFailed("tls", f"{where}: the TLS handshake failed ({error.reason})") from None
    except OSError as error:
        raise ValidationFailed("connection", f"{where}: {explain(error)}") from None
    if protocol != ALPN_PROTOCOL or der is None:
        raise _unauthorized(where, f"it does not negotiate the protocol {ALPN_PROTOCOL}")
    return der, where


def _check_self_signed(certificate: x509.Certificate, where: str) -> None:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        raise _unauthorized(where, "its certificate is not self-signed") from None


def _check_names(extensions: x509.Extensions, identifier: Identifier, where: str) -> None:
    """Exactly one name, and it is the identifier."""
    try:
        names = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = []
    match names:
        case [x509.DNSName(value=value)] if isinstance(identifier, DnsName):
            good = str(value).lower() == identifier.value
        case [x509.IPAddress(value=value)]:
            good = str(value) == identifier.value
        case _:
            good = False
    if not good:
        raise _unauthorized(where, f"its certificate is not for {identifier} alone")


def _check_digest(extensions: x509.Extensions, digest: bytes, where: str) -> None:
    """The critical extension holds an OCTET STRING with the digest (RFC 8737 section 3)."""
    try:
        extension = extensions.get_extension_for_oid(_ACME_IDENTIFIER)
    except x509.ExtensionNotFound:
        raise _unauthorized(where, "its certificate has no acmeIdentifier extension") from None
    if not extension.critical:
        raise _unauthorized(where, "its acmeIdentifier extension is not critical")
    value = extension.value
    if not isinstance(value, x509.UnrecognizedExtension) or value.value != b"\x04\x20" + digest:
        raise _unauthorized(where, "its acmeIdentifier extension has another digest")


def _unauthorized(where: str, why: str) -> ValidationFailed:
    return ValidationFailed("unauthorized", f"{where} cannot be validated: {why}")
