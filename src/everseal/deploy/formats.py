"""One version of a certificate in the forms that programs want: PEM, one file for all, PKCS#12, DER."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import field
from typing import assert_never

from everseal.model.certificate import split_pem
from everseal.model.export import ExportFormat
from everseal.model.frozen import dataclass
from everseal.model.lineage import VersionFiles
from everseal.model.private_key import PrivateKey


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file to write; ``is_secret`` when a key is in it."""

    name: str
    data: bytes = field(repr=False)
    is_secret: bool


def file_names(kind: ExportFormat, name: str) -> tuple[str, ...]:
    """What an export of the certificate ``name`` is called, without the further ones of a chain in DER."""
    match kind:
        case "pem":
            return ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem")
        case "combined":
            return (f"{name}.pem",)
        case "pkcs12" | "pkcs12-legacy":
            return (f"{name}.p12",)
        case "der":
            return ("cert.der", "chain1.der", "privkey.der")
        case _:
            assert_never(kind)


def render(
    kind: ExportFormat, name: str, files: VersionFiles, *, password: bytes | None = None
) -> tuple[ExportFile, ...]:
    """The files of an export, the key last.  Raises BadCertificate, BadKey."""
    match kind:
        case "pem":
            return (
                ExportFile("cert.pem", files.cert_pem, False),
                ExportFile("chain.pem", files.chain_pem, False),
                ExportFile("fullchain.pem", files.fullchain_pem, False),
                ExportFile("privkey.pem", files.key_pem, True),
            )
        case "combined":
            return (ExportFile(f"{name}.pem", _lines(files.fullchain_pem) + _lines(files.key_pem), True),)
        case "pkcs12" | "pkcs12-legacy":
            data = _pkcs12(name, files, password or b"", legacy=kind == "pkcs12-legacy")
            return (ExportFile(f"{name}.p12", data, True),)
        case "der":
            return tuple(_der(files))
        case _:
            assert_never(kind)


def _lines(pem: bytes) -> bytes:
    return pem if pem.endswith(b"\n") else pem + b"\n"


def _pkcs12(name: str, files: VersionFiles, password: bytes, *, legacy: bool) -> bytes:
    """AES-256 and SHA-256 (PBES2), or what Java before 8u301 and old Windows read."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        KeySerializationEncryption,
        PrivateFormat,
        pkcs12,
    )

    encryption: KeySerializationEncryption = BestAvailableEncryption(password)
    if legacy:
        encryption = (
            PrivateFormat.PKCS12.encryption_builder()
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(SHA1())
            .build(password)
        )
    leaf, *chain = (x509.load_pem_x509_certificate(pem) for pem in split_pem(files.fullchain_pem))
    key = PrivateKey.from_pem(files.key_pem).material
    return pkcs12.serialize_key_and_certificates(name.encode("utf-8"), key, leaf, chain, encryption)


def _der(files: VersionFiles) -> Iterator[ExportFile]:
    """A DER file holds one certificate: those above the leaf are numbered from its issuer on."""
    from cryptography.hazmat.primitives import serialization

    leaf, *chain = split_pem(files.fullchain_pem)
    yield ExportFile("cert.der", _one_der(leaf), False)
    for number, pem in enumerate(chain, 1):
        yield ExportFile(f"chain{number}.der", _one_der(pem), False)
    key = PrivateKey.from_pem(files.key_pem).material
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    yield ExportFile("privkey.der", der, True)


def _one_der(pem: bytes) -> bytes:
    lines = pem.decode("ascii").splitlines()
    return base64.b64decode("".join(line for line in lines if not line.startswith("-----")))
