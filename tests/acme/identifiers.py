"""What a certificate is called where a CA is asked about its renewal."""

from __future__ import annotations

from everseal.acme.ari import certificate_id
from everseal.model.certificate import CertificateFacts


def cert_id(facts: CertificateFacts) -> str:
    """The identifier of a certificate that has one."""
    identifier = certificate_id(facts)
    assert identifier is not None, "it has no authority key identifier"
    return identifier
