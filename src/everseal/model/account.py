"""An ACME account as a store keeps it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from everseal.model.frozen import dataclass

if TYPE_CHECKING:
    from everseal.model.private_key import PrivateKey


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account at one CA.

    ``id`` is the store's handle for it, see :func:`account_id`.  ``server`` is the directory URL, ``url``
    the account's own.  ``directory`` is where it is kept; ``created`` and ``host`` are None where that was
    not recorded.
    """

    id: str
    server: str
    key: PrivateKey
    url: str
    directory: str
    created: datetime | None
    host: str | None


def account_id(key: PrivateKey) -> str:
    """The MD5 hex digest of the public key as SubjectPublicKeyInfo PEM, final newline and all."""
    return hashlib.md5(key.public_pem(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class UnreadableAccount:
    """An account on disk that cannot be used, and why."""

    id: str
    directory: str
    reason: str
