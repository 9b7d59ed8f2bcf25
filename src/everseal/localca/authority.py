"""The CA's keys and certificates: two roots, intermediates, a cross-signed alternate; what they sign.

The directory holds ``root.pem`` (the trust anchor), ``root-b.pem`` (the second root, reached by the
alternate chain), ``root-cross.pem`` (the first root signed by the second), ``intermediate-N.pem``, one
``.key`` file with mode 0600 for each key, and ``ca.json``, which is written last and says that the creation
was finished.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from everseal.localca.constraints import NameConstraints
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.system.files import make_directory, read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from everseal.model.clock import Clock, Random

MARK: Final = "Everseal TEST"
_FINISHED: Final = "ca.json"
_BACKDATE: Final = timedelta(hours=1)
_ROOT_LIFETIME: Final = timedelta(days=3650)
_INTERMEDIATE_LIFETIME: Final = timedelta(days=1825)
_CA_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class CaMissing(OperatorError):
    """There is no certificate authority in the directory."""

    def __init__(self, directory: str) -> None:
        super().__init__(
            f"there is no certificate authority in {directory}", remedy="start one with `everseal ca serve`"
        )


class CaDamaged(OperatorError):
    """A file of the certificate authority that cannot be used."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"the certificate authority's {path} cannot be used: {why}",
            remedy="restore it, or remove the directory and start a new certificate authority",
        )


@dataclass(frozen=True, slots=True)
class Issuer:
    """A CA certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def authority_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        subject = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject)

    def pem(self) -> bytes:
        return certificate_pem(self.certificate)


@dataclass(frozen=True, slots=True)
class Authority:
    """A finished certificate authority, as read from its directory."""

    root: Issuer
    second_root: Issuer
    cross: x509.Certificate
    intermediates: tuple[Issuer, ...]
    constraints: NameConstraints

    @property
    def issuer(self) -> Issuer:
        """The intermediate that signs leaves: the last of the line."""
        return self.intermediates[-1]

    def chains(self) -> tuple[bytes, ...]:
        """What follows a leaf, the default first: to the first root; by the cross-signature to the second."""
        default = b"".join(issuer.pem() for issuer in reversed(self.intermediates))
        return default, default + certificate_pem(self.cross)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def new_serial(random: Random) -> int:
    """A positive serial number with 127 random bits (RFC 5280 section 4.1.2.2)."""
    return int.from_bytes(random.token(16), "big") >> 1 | 1 << 120


def create(
    directory: str,
    *,
    clock: Clock,
    random: Random,
    constraints: NameConstraints | None = None,
    chain_length: int = 1,
    name: str = "",
) -> Authority:
    """Make keys and certificates in ``directory`` and write them there, ``ca.json`` last.

    ``name`` is put into the names of the roots; ``chain_length`` is the number of intermediates.
    Raises StoreUnusable.
    """
    constraints = constraints or NameConstraints.usual()
    founder = _Founder(clock.now(), random, constraints, name or random.token(3).hex())
    authority = founder.found(chain_length)
    make_home(directory)
    for file, data, mode in _files(authority):
        write_file(os.path.join(directory, file), data, mode=mode)
    note = {"domains": constraints.domains, "networks": constraints.networks, "chain": chain_length}
    write_file(os.path.join(directory, _FINISHED), json.dumps(note, indent=1).encode() + b"\n", mode=0o600)
    return authority


def make_home(directory: str) -> None:
    """The CA's directory, for its owner alone, below parents as they usually are."""
    make_directory(os.path.dirname(os.path.abspath(directory)), 0o755, parents=True)
    make_directory(directory, 0o700)


def is_finished(directory: str) -> bool:
    """Whether a certificate authority was made in the directory, to the end."""
    return os.path.exists(os.path.join(directory, _FINISHED))


def load(directory: str) -> Authority:
    """Raises CaMissing, CaDamaged, StoreUnusable."""
    try:
        note = json.loads(read_file(os.path.join(directory, _FINISHED)))
    except FileNotFoundError:
        raise CaMissing(directory) from None
    except ValueError as error:
        raise CaDamaged(_FINISHED, str(error)) from None
    return Authority(
        root=_load_issuer(directory, "root"),
        second_root=_load_issuer(directory, "root-b"),
        cross=_load_certificate(directory, "root-cross"),
        intermediates=tuple(
            _load_issuer(directory, f"intermediate-{number}") for number in range(1, _chain_length(note) + 1)
        ),
        constraints=NameConstraints(tuple(note["domains"]), tuple(note["networks"])),
    )


def _chain_length(note: Mapping[str, object]) -> int:
    length = note.get("chain")
    if not isinstance(length, int) or not 1 <= length <= 3:
        raise CaDamaged(_FINISHED, "it does not say how long the chain is")
    return length


def _load_issuer(directory: str, name: str) -> Issuer:
    certificate = _load_certificate(directory, name)
    try:
        key = serialization.load_pem_private_key(_read(directory, f"{name}.key"), None)
    except (ValueError, TypeError) as error:
        raise CaDamaged(f"{name}.key", str(error)) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise CaDamaged(f"{name}.key", "it is not the key of the certificate beside it")
    return Issuer(certificate, key)


def _load_certificate(directory: str, name: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_read(directory, f"{name}.pem"))
    except ValueError as error:
        raise CaDamaged(f"{name}.pem", str(error)) from None


def _read(directory: str, file: str) -> bytes:
    try:
        return read_file(os.path.join(directory, file))
    except FileNotFoundError:
        raise CaDamaged(file, "it is missing") from None


def _files(authority: Authority) -> Iterator[tuple[str, bytes, int]]:
    issuers = {"root": authority.root, "root-b": authority.second_root}
    issuers |= {f"intermediate-{number}": one for number, one in enumerate(authority.intermediates, 1)}
    for name, issuer in issuers.items():
        key = issuer.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        yield f"{name}.key", key, 0o600
        yield f"{name}.pem", issuer.pem(), 0o644
    yield "root-cross.pem", certificate_pem(authority.cross), 0o644


@dataclass(frozen=True, slots=True)
class _Founder:
    """Makes the hierarchy of a new authority."""

    now: datetime
    random: Random
    constraints: NameConstraints
    name: str

    def found(self, chain_length: int) -> Authority:
        root = self._root(f"{MARK} Root A {self.name} (not trusted)")
        second = self._root(f"{MARK} Root B {self.name} (not trusted)")
        line = [root]
        for number in range(1, chain_length + 1):
            line.append(self._intermediate(line[-1], number, chain_length))
        return Authority(
            root=root,
            second_root=second,
            cross=self._sign(root.certificate.subject, root.key, second, _ROOT_LIFETIME, path_length=None),
            intermediates=tuple(line[1:]),
            constraints=self.constraints,
        )

    def _root(self, name: str) -> Issuer:
        key = ec.generate_private_key(ec.SECP384R1())
        return Issuer(self._sign(_subject(name), key, None, _ROOT_LIFETIME, path_length=None), key)

    def _intermediate(self, parent: Issuer, number: int, chain_length: int) -> Issuer:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _subject(f"{MARK} Intermediate {number} {self.name}")
        below = chain_length - number
        certificate = self._sign(subject, key, parent, _INTERMEDIATE_LIFETIME, path_length=below)
        return Issuer(certificate, key)

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        parent: Issuer | None,
        lifetime: timedelta,
        *,
        path_length: int | None,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(parent.certificate.subject if parent else subject)
            .public_key(key.public_key())
            .serial_number(new_serial(self.random))
            .not_valid_before(self.now - _BACKDATE)
            .not_valid_after(self.now - _BACKDATE + lifetime)
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(_CA_USAGE, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if parent:
            builder = builder.add_extension(parent.authority_key_identifier, critical=False)
        if path_length is None:
            builder = builder.add_extension(self.constraints.extension(), critical=True)
        signer = parent.key if parent else key
        return builder.sign(signer, hashes.SHA384() if signer.curve.name == "secp384r1" else hashes.SHA256())


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{MARK} CA - not trusted"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
