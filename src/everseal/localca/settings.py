"""What the operator of the built-in CA decides."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from types import MappingProxyType

from everseal.localca.hosts import HostTable
from everseal.localca.profiles import DEFAULT_PROFILE, Profile, usual_profiles
from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.planning.limits import CaLimits
from everseal.system.resolver import NameServer


class BadExternalKey(OperatorError):
    """A text that is no external account key."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"the external account key {text!r} cannot be used: {why}",
            remedy="write it as KEYID:KEY, the key in base64url with at least 16 bytes",
        )


@dataclass(frozen=True, slots=True)
class CaSettings:
    """Times without a unit are seconds.

    ``retry_after`` is what clients are told while something is in the works.  With ``at_once`` validation and
    issuance are done before the request that asks for them is answered, otherwise in the background.
    ``hosts`` maps names that do not resolve; ``name_servers`` are asked for all others.  Without name
    servers the operating system resolves names, and CAA is not looked at.  ``server_names`` are further host
    names under which clients reach the server.  Without ``limits`` nobody is limited.
    """

    http_port: int = 80
    tls_port: int = 443
    hosts: HostTable = field(default_factory=HostTable)
    name_servers: tuple[NameServer, ...] = ()
    server_names: tuple[str, ...] = ()
    profiles: Mapping[str, Profile] = field(default_factory=usual_profiles)
    default_profile: str = DEFAULT_PROFILE
    external_keys: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    external_account_required: bool = False
    terms: bool = True
    check_caa: bool = True
    caa_identities: tuple[str, ...] = ("ca.everseal.test",)
    pre_authorization: bool = True
    orders_per_page: int = 100
    retry_after: int | None = 1
    validation_timeout: float = 10.0
    workers: int = 8
    at_once: bool = False
    plain_http: bool = False
    pending_lifetime: timedelta = timedelta(hours=1)
    authorization_lifetime: timedelta = timedelta(days=1)
    reuse_authorizations: bool = False
    reuse_orders: bool = False
    limits: CaLimits | None = None


def parse_external_key(text: str) -> tuple[str, bytes]:
    """``KEYID:KEY`` with the key in base64url or base64, padded or not; raises BadExternalKey."""
    identity, colon, encoded = text.partition(":")
    if not colon or not identity:
        raise BadExternalKey(text.partition(":")[0], "the key id and the key are not parted by a colon")
    plain = encoded.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadExternalKey(identity, "it is not base64url") from None
    if len(key) < 16:
        raise BadExternalKey(identity, "it is shorter than 16 bytes")
    return identity, key
