"""tls-alpn-01 (RFC 8737, and RFC 8738 for IP addresses): a certificate shown during one handshake."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from everseal.acme.challenges import ALPN_PROTOCOL
from everseal.model.errors import PortForbidden
from everseal.model.names import DnsName, Identifier, IpAddress
from everseal.solvers.errors import CannotProve, TlsPortForbidden
from everseal.solvers.handshakes import HandshakeServer
from everseal.solvers.showing import Showing, Turn, open_on

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from cryptography import x509

    from everseal.acme.challenges import Presentation
    from everseal.model.clock import Clock

_ACME_IDENTIFIER: Final = "1.3.6.1.5.5.7.1.31"
_OCTET_STRING_OF_32: Final = b"\x04\x20"
_EITHER_SIDE_OF_NOW: Final = timedelta(days=1)


class TlsAlpn:
    """One listener for all orders that use this object; it listens only while something is presented.

    ``address`` empty means every address, IPv6 and IPv4.  ``port`` 0 takes a free one.  ``turn`` is held
    while it listens.
    """

    name: ClassVar[str] = "tls-alpn"

    def __init__(self, *, clock: Clock, port: int = 443, address: str = "", turn: Turn = nullcontext) -> None:
        self._clock = clock
        self._port = port
        self._address = address
        self._showing = Showing[tuple[str, "ssl.SSLContext"]](self._listen, turn)

    @property
    def listening_port(self) -> int | None:
        """The port that is listened on now; None while nothing is presented."""
        return self._showing.port

    def challenge_types(self, identifier: Identifier) -> tuple[str, ...]:
        return () if identifier.is_wildcard else ("tls-alpn-01",)

    def describe(self, identifier: Identifier, challenge_type: str) -> str:
        where = f"port {self._port}" + (f" of {self._address}" if self._address else "")
        return f"listens on {where} and shows the CA a challenge certificate for {identifier}"

    def check(self, identifiers: Sequence[Identifier]) -> None:
        """The port is asked for when it is needed: a pre hook may have to free it first.

        Raises CannotProve.
        """
        for identifier in identifiers:
            if not self.challenge_types(identifier):
                raise CannotProve(self.name, identifier)

    def present(self, challenges: Sequence[Presentation]) -> None:
        """Raises PortBusy, PortForbidden, AddressUnusable."""
        answers = {}
        for challenge in challenges:
            if challenge.type != "tls-alpn-01" or challenge.wildcard:
                raise CannotProve(self.name, challenge.identifier, challenge.type)
            context = _context(challenge.identifier, challenge.alpn_digest, self._clock)
            answers[challenge.token] = (challenge.server_name, context)
        self._showing.add(answers)

    def wait(self, challenges: Sequence[Presentation]) -> None:
        """The listener answers from the moment it is presented."""

    def clean_up(self, challenges: Sequence[Presentation]) -> None:
        self._showing.remove(each.token for each in challenges)

    def _listen(self) -> HandshakeServer:
        try:
            return open_on(
                self._address,
                self._port,
                lambda addresses: HandshakeServer(
                    self._choose, protocol=ALPN_PROTOCOL, addresses=addresses, port=self._port
                ),
            )
        except PortForbidden:
            raise TlsPortForbidden(self._port) from None

    def _choose(self, asked_for: str) -> ssl.SSLContext | None:
        """Of two orders for one name the younger is answered: the older has had its turn."""
        for name, context in self._showing.latest_first():
            if name == asked_for:
                return context
        return None


def challenge_certificate(identifier: Identifier, digest: bytes, clock: Clock) -> tuple[bytes, bytes]:
    """Certificate and key, PEM (RFC 8737 section 3); ``digest`` is SHA-256 of the key authorization."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ACME challenge")])
    now = clock.now()
    proof = x509.UnrecognizedExtension(x509.ObjectIdentifier(_ACME_IDENTIFIER), _OCTET_STRING_OF_32 + digest)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EITHER_SIDE_OF_NOW)
        .not_valid_after(now + _EITHER_SIDE_OF_NOW)
        .add_extension(x509.SubjectAlternativeName([_general_name(identifier)]), critical=False)
        .add_extension(proof, critical=True)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key_pem


def _general_name(identifier: Identifier) -> x509.GeneralName:
    import ipaddress

    from cryptography import x509

    match identifier:
        case DnsName():
            return x509.DNSName(identifier.value)
        case IpAddress():
            return x509.IPAddress(ipaddress.ip_address(identifier.value))


def _context(identifier: Identifier, digest: bytes, clock: Clock) -> ssl.SSLContext:
    import ssl
    import tempfile

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN_PROTOCOL])
    certificate_pem, key_pem = challenge_certificate(identifier, digest, clock)
    # The standard library reads keys from files only.
    with tempfile.NamedTemporaryFile(prefix="everseal-") as file:
        file.write(certificate_pem + key_pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context
