"""dns-01 (RFC 8555 section 8.4): the digest in a TXT record; CNAMEs are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everseal.localca.validation.network import Network, ValidationFailed

if TYPE_CHECKING:
    from everseal.acme.challenges import Presentation


def validate_dns01(challenge: Presentation, network: Network) -> None:
    """One of the values must be the digest, whole; others do not matter.  Raises ValidationFailed."""
    name = challenge.dns_name
    found = network.texts(name)
    if not found:
        raise ValidationFailed("unauthorized", f"no TXT record found at {name}")
    if challenge.dns_value not in found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ValidationFailed("unauthorized", f"incorrect TXT record {found[0]!r}{more} found at {name}")
