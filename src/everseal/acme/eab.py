"""External account binding: an account tied to a customer the CA knows (RFC 8555 section 7.3.4)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import field

from everseal.acme.jws import HMAC_ALGORITHMS, HmacAlgorithm, compact_json, hmac_flattened
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass


class BadEab(OperatorError):
    """Credentials for external account binding that cannot be what a CA gave out."""


@dataclass(frozen=True, slots=True)
class ExternalAccountBinding:
    """The CA's key identifier and MAC key for a customer."""

    kid: str
    key: bytes = field(repr=False)
    alg: HmacAlgorithm = "HS256"

    @classmethod
    def parse(cls, kid: str, key: str, alg: str = "HS256") -> ExternalAccountBinding:
        """From what the CA shows: the key in base64url or standard base64, padded or not.

        Raises BadEab.
        """
        if not kid.strip():
            raise BadEab(
                "the EAB key identifier is empty", remedy="give the CA's key identifier with --eab-kid"
            )
        return cls(kid.strip(), _mac_key(key), _algorithm(alg))

    def bind(self, account_jwk: Mapping[str, str], new_account_url: str) -> dict[str, str]:
        """The inner JWS over the account's public key."""
        protected = {"kid": self.kid, "url": new_account_url}
        return hmac_flattened(compact_json(dict(account_jwk)), protected, self.key, self.alg)


def _mac_key(text: str) -> bytes:
    compact = "".join(text.split()).rstrip("=").replace("+", "-").replace("/", "_")
    try:
        key = base64.b64decode(compact + "=" * (-len(compact) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise BadEab(
            "the EAB HMAC key is not base64",
            remedy="copy it again from the CA's page, whole, into --eab-hmac-key",
        )
    return key


def _algorithm(text: str) -> HmacAlgorithm:
    for known in HMAC_ALGORITHMS:
        if text.upper() == known:
            return known
    raise BadEab(
        f"{text!r} is not an HMAC algorithm of external account binding",
        remedy=f"give --eab-hmac-alg as one of {', '.join(HMAC_ALGORITHMS)}",
    )
