"""The tls-alpn-01 listener, looked at with the standard library's TLS client."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from everseal.acme.challenges import ALPN_PROTOCOL, Presentation
from everseal.model.errors import PortBusy
from everseal.model.names import DnsName, IpAddress
from everseal.solvers.tls_alpn import TlsAlpn
from tests.solvers.contract import SolverContract
from tests.solvers.samples import make_presentation

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")

if TYPE_CHECKING:
    from everseal.ports import Solver


class FixedClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


def make(port: int = 0) -> TlsAlpn:
    return TlsAlpn(clock=FixedClock(), port=port, address="127.0.0.1")


def shake_hands(
    solver: TlsAlpn, name: str | None, protocols: tuple[str, ...] = (ALPN_PROTOCOL,)
) -> x509.Certificate:
    """Raises ssl.SSLError or OSError when the server refuses."""
    assert solver.listening_port is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    with (
        socket.create_connection(("127.0.0.1", solver.listening_port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        assert secured.selected_alpn_protocol() == ALPN_PROTOCOL
        der = secured.getpeercert(binary_form=True)
        assert secured.recv(1) == b""
    assert der is not None
    return x509.load_der_x509_certificate(der)


def proof_in(certificate: x509.Certificate) -> bytes:
    extension = certificate.extensions.get_extension_for_oid(ACME_IDENTIFIER)
    assert extension.critical
    assert isinstance(extension.value, x509.UnrecognizedExtension)
    assert extension.value.value[:2] == b"\x04\x20"
    return extension.value.value[2:]


class TestContract(SolverContract):
    kind = "tls-alpn-01"

    def make(self) -> Solver:
        return make()

    def is_seen(self, solver: Solver, challenge: Presentation) -> bool:
        assert isinstance(solver, TlsAlpn)
        if solver.listening_port is None:
            return False
        try:
            certificate = shake_hands(solver, challenge.server_name)
        except (OSError, AssertionError):
            return False
        return proof_in(certificate) == challenge.alpn_digest


def test_the_certificate_is_as_rfc_8737_wants_it() -> None:
    solver, challenge = make(), make_presentation("a.example", "tls-alpn-01")
    solver.present([challenge])
    try:
        certificate = shake_hands(solver, "A.Example")
    finally:
        solver.clean_up([challenge])
    assert proof_in(certificate) == challenge.alpn_digest
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName("a.example")]
    assert certificate.issuer == certificate.subject
    certificate.verify_directly_issued_by(certificate)
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_an_address_is_asked_for_by_its_reverse_name(address: str) -> None:
    solver, challenge = make(), make_presentation(address, "tls-alpn-01")
    solver.present([challenge])
    try:
        certificate = shake_hands(solver, ipaddress.ip_address(address).reverse_pointer)
    finally:
        solver.clean_up([challenge])
    assert proof_in(certificate) == challenge.alpn_digest
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.IPAddress(ipaddress.ip_address(address))]


@pytest.mark.parametrize(
    ("name", "protocols", "alert"),
    [
        ("b.example", (ALPN_PROTOCOL,), "unrecognized name"),
        (None, (ALPN_PROTOCOL,), "unrecognized name"),
        ("a.example", ("h2", "http/1.1"), "no application protocol"),
        ("a.example", (), "no application protocol"),
    ],
)
def test_everybody_else_is_refused(name: str | None, protocols: tuple[str, ...], alert: str) -> None:
    solver, challenge = make(), make_presentation("a.example", "tls-alpn-01")
    solver.present([challenge])
    try:
        with pytest.raises(ssl.SSLError, match=alert):
            shake_hands(solver, name, protocols)
    finally:
        solver.clean_up([challenge])


@pytest.mark.parametrize(
    "rubbish", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", os.urandom(600)]
)
def test_rubbish_is_hung_up_on_and_hurts_nobody(rubbish: bytes) -> None:
    solver, challenge = make(), make_presentation("a.example", "tls-alpn-01")
    solver.present([challenge])
    try:
        assert solver.listening_port is not None
        with (
            socket.create_connection(("127.0.0.1", solver.listening_port), timeout=10) as connection,
            contextlib.suppress(OSError),  # it may have hung up already
        ):
            connection.sendall(rubbish)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        assert proof_in(shake_hands(solver, "a.example")) == challenge.alpn_digest
    finally:
        solver.clean_up([challenge])


def test_of_two_orders_for_one_name_the_younger_is_answered() -> None:
    solver = make()
    older = make_presentation("a.example", "tls-alpn-01", seed="older")
    younger = make_presentation("a.example", "tls-alpn-01", seed="younger")
    solver.present([older])
    solver.present([younger])
    assert proof_in(shake_hands(solver, "a.example")) == younger.alpn_digest
    solver.clean_up([younger])
    assert proof_in(shake_hands(solver, "a.example")) == older.alpn_digest
    solver.clean_up([older])


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortBusy):
            make(taken.getsockname()[1]).present([make_presentation("a.example", "tls-alpn-01")])


def test_what_it_can_prove() -> None:
    assert make().challenge_types(IpAddress("192.0.2.7")) == ("tls-alpn-01",)
    assert make().challenge_types(DnsName("*.a.example")) == ()
