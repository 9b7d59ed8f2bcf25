"""The CA server's own certificate, so that its root is the trust anchor for both."""

from __future__ import annotations

import os
import ssl
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from everseal.localca import leaf
from everseal.localca.authority import Authority, certificate_pem, new_serial
from everseal.system.files import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everseal.model.clock import Random
    from everseal.model.names import Identifier

_LIFETIME: Final = timedelta(days=397)
_FILE: Final = "listener.pem"


def listener_context(
    directory: str,
    authority: Authority,
    identifiers: Sequence[Identifier],
    *,
    now: datetime,
    random: Random,
) -> ssl.SSLContext:
    """A TLS context with a fresh key and certificate for ``identifiers``, kept in the CA's directory."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.issuer
    draft = leaf.Leaf(
        serial=new_serial(random),
        key=key.public_key(),
        identifiers=identifiers,
        not_before=issuer.certificate.not_valid_before_utc,
        not_after=min(now + _LIFETIME, issuer.certificate.not_valid_after_utc),
        common_name=None,
        subject_key_id=False,
        key_encipherment=False,
        crl_url=None,
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = certificate_pem(leaf.sign(draft, issuer)) + authority.chains()[0]
    path = os.path.join(directory, _FILE)
    write_file(path, secret + chain, mode=0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(path)
    return context
