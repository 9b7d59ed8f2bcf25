"""Revoking a certificate (RFC 8555 section 7.6)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from enum import IntEnum
from hashlib import sha256
from ssl import PEM_cert_to_DER_cert
from typing import Final

from everseal.acme.client import Account, Client
from everseal.model.certificate import read_certificate, split_pem
from everseal.model.errors import BadKey
from everseal.model.lineage import Lineage
from everseal.model.private_key import PrivateKey

_ARCHIVED: Final = re.compile(r"(cert|fullchain)\d+\.pem")


class Reason(IntEnum):
    """The CRL reasons a subscriber may give (RFC 5280 section 5.3.1)."""

    UNSPECIFIED = 0
    KEYCOMPROMISE = 1
    AFFILIATIONCHANGED = 3
    SUPERSEDED = 4
    CESSATIONOFOPERATION = 5


def revoke_as_account(client: Client, account: Account, certificate_pem: bytes, reason: Reason) -> None:
    """Ask the CA as the account that the certificate was issued to."""
    client.revoke(account, certificate_der(certificate_pem), _sent(reason))


def revoke_with_key(client: Client, key: PrivateKey, certificate_pem: bytes, reason: Reason) -> None:
    """Ask with the certificate's own key: proof that whoever asks holds it.

    Raises BadKey when the key is another one.
    """
    if sha256(key.spki_der()).digest() != read_certificate(certificate_pem).spki_sha256:
        raise BadKey(
            "the private key does not belong to the certificate",
            remedy="give the key of this certificate with --key-path, or leave it out to use the account",
        )
    client.revoke(key, certificate_der(certificate_pem), _sent(reason))


def holders(path: str, lineages: Iterable[Lineage]) -> tuple[Lineage, ...]:
    """The lineages that a certificate's path belongs to: their live files, or one of their archive."""
    folder, file = os.path.split(path)
    archived = _ARCHIVED.fullmatch(file) is not None
    return tuple(
        each
        for each in lineages
        if path in {each.cert_path, each.fullchain_path} or (archived and folder == each.archive_dir)
    )


def share_archive(lineage: Lineage, lineages: Iterable[Lineage]) -> bool:
    """Whether another lineage keeps its versions in the same directory."""
    return any(each.name != lineage.name and each.archive_dir == lineage.archive_dir for each in lineages)


def certificate_der(pem: bytes) -> bytes:
    """The first certificate of the data, as the CA wants it.  Raises BadCertificate."""
    return PEM_cert_to_DER_cert(split_pem(pem)[0].decode("ascii"))


def _sent(reason: Reason) -> int | None:
    """An absent reason says the same as 0, and every CA takes it."""
    return None if reason is Reason.UNSPECIFIED else int(reason)
