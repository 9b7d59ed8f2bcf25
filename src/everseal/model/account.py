"""An ACME account as a store keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from everseal.model.private_key import PrivateKey


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account at one CA.

    ``id`` is the store's handle for it: the MD5 hex digest of the public key's SubjectPublicKeyInfo PEM,
    as Certbot names accounts.  ``server`` is the directory URL, ``url`` the account's own.  ``directory``
    is where it is kept; ``created`` and ``host`` are None where that was not recorded.
    """

    id: str
    server: str
    key: PrivateKey
    url: str
    directory: str
    created: datetime | None
    host: str | None


@dataclass(frozen=True, slots=True)
class UnreadableAccount:
    """An account on disk that cannot be used, and why."""

    id: str
    directory: str
    reason: str
