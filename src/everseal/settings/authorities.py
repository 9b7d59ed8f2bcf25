"""The ACME directories that options speak of by name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LETS_ENCRYPT: Final = "https://acme-v02.api.letsencrypt.org/directory"
LETS_ENCRYPT_STAGING: Final = "https://acme-staging-v02.api.letsencrypt.org/directory"
LETS_ENCRYPT_V01: Final = "https://acme-v01.api.letsencrypt.org/directory"

KNOWN: Final = (
    ("letsencrypt", LETS_ENCRYPT),
    ("letsencrypt-staging", LETS_ENCRYPT_STAGING),
    ("zerossl", "https://acme.zerossl.com/v2/DV90"),
    ("google", "https://dv.acme-v02.api.pki.goog/directory"),
    ("google-staging", "https://dv.acme-v02.test-api.pki.goog/directory"),
    ("sslcom", "https://acme.ssl.com/sslcom-dv-ecc"),
    ("sslcom-rsa", "https://acme.ssl.com/sslcom-dv-rsa"),
    ("sectigo", "https://acme.sectigo.com/v2/DV"),
    ("actalis", "https://acme-api.actalis.com/acme/directory"),
    ("globalsign", "https://emea.acme.atlas.globalsign.com/directory"),
    ("digicert", "https://one.digicert.com/mpki/api/v1/acme/v2/directory"),
)
"""Names for ``--ca`` and their directories: those of ``data/authorities.json``, which says more.

They stand here too, held together by a test: the options are made of them at every start, when nobody asks
for the rest of that file."""

CLOSED: Final = (("buypass", "2025-10-31"),)
"""Names of authorities that have ended, and the day of their last certificate."""


def directory_of(name: str) -> str:
    """The directory URL of a known authority; raises KeyError."""
    return dict(KNOWN)[name]


def is_test_server(url: str) -> bool:
    """Whether certificates of this directory are for tests only, judged as Certbot judges it: by its URL."""
    return "staging" in url
