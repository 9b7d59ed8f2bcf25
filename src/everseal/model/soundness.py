"""Whether a key and a certificate chain may be put to use.

Names and dates come from the tolerant reader, because an odd extension does no harm to a server; keys,
signatures and everything else that can be forged or damaged is judged by ``cryptography``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from everseal.model.certificate import CertificateFacts, read_certificate, split_pem
from everseal.model.errors import BadCertificate, BadKey
from everseal.model.frozen import dataclass
from everseal.model.keys import RSA_MINIMUM
from everseal.model.names import Identifier
from everseal.model.private_key import PrivateKey

FlawKind = Literal[
    "unparsable",
    "mixed",
    "bad-key",
    "key-mismatch",
    "names",
    "expired",
    "not-yet-valid",
    "chain",
    "no-chain",
    "weak-key",
]

_CLOCK_TOLERANCE: Final = timedelta(hours=1)
_SHOWN_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Flaw:
    """One reason against a certificate; ``text`` completes "it is not used: ..."."""

    kind: FlawKind
    text: str


def check_version(
    *,
    key_pem: bytes | None,
    fullchain_pem: bytes,
    identifiers: Collection[Identifier] | None,
    now: datetime,
    allow_leaf_only: bool = False,
) -> tuple[Flaw, ...]:
    """What is wrong with a key and its chain (leaf first); nothing when it is sound.

    Without ``key_pem`` or ``identifiers`` they are not compared.  A beginning up to an hour ahead is
    borne with, since CAs' clocks and ours differ.  The topmost certificate is not checked against any root.
    """
    try:
        pems = split_pem(fullchain_pem)
        facts = read_certificate(pems[0])
        chain = [_loaded(pem) for pem in pems]
        leaf_key = chain[0].public_key()
    except BadCertificate as error:
        return (Flaw("unparsable", f"the certificate cannot be read: {error.message}"),)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return (Flaw("unparsable", "a certificate of the chain is damaged"),)
    return (
        *_key_flaws(key_pem, leaf_key),
        *_weak_key(leaf_key),
        *_name_flaws(facts, identifiers),
        *_time_flaws(facts, now),
        *_chain_flaws(chain, allow_leaf_only),
    )


def check_link(*, key_pem: bytes, certificate_pem: bytes, issuer_pem: bytes) -> tuple[Flaw, ...]:
    """What is wrong between a certificate, the one that issued it and the private key; names, dates and
    strength are not looked at.
    """
    try:
        certificate = _loaded(certificate_pem)
        issuer = _loaded(issuer_pem)
        leaf_key = certificate.public_key()
    except (BadCertificate, ValueError, TypeError, UnsupportedAlgorithm):
        return (Flaw("unparsable", "a certificate of the chain is damaged"),)
    return (*_key_flaws(key_pem, leaf_key), *_chain_flaws([certificate, issuer], allow_leaf_only=False))


def _loaded(pem: bytes) -> x509.Certificate:
    """Raises what a damaged certificate raises; a serial number that none may have (RFC 5280 section
    4.1.2.2) is damage."""
    if read_certificate(pem).serial <= 0:
        raise ValueError("the serial number is not positive")
    return x509.load_pem_x509_certificate(pem)


def _key_flaws(key_pem: bytes | None, leaf_key: CertificatePublicKeyTypes) -> Iterator[Flaw]:
    if key_pem is None:
        return
    try:
        ours = PrivateKey.from_pem(key_pem).spki_der()
    except BadKey as error:
        yield Flaw("bad-key", f"the private key cannot be used: {error.message}")
        return
    theirs = leaf_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if ours != theirs:
        yield Flaw("key-mismatch", "the certificate is for another key than the private key beside it")


def _weak_key(key: CertificatePublicKeyTypes) -> Iterator[Flaw]:
    match key:
        case rsa.RSAPublicKey():
            if key.key_size < RSA_MINIMUM:
                yield Flaw("weak-key", f"its RSA key has {key.key_size} bits, fewer than {RSA_MINIMUM}")
            if key.public_numbers().e % 2 == 0:
                yield Flaw("weak-key", "its RSA key has an even exponent, which encrypts nothing")
        case ec.EllipticCurvePublicKey() | ed25519.Ed25519PublicKey():
            return
        case _:
            yield Flaw("weak-key", "its key is neither RSA nor ECDSA nor Ed25519")


def _name_flaws(facts: CertificateFacts, identifiers: Collection[Identifier] | None) -> Iterator[Flaw]:
    if identifiers is None:
        return
    found = set(facts.identifiers) if facts.has_alternative_names else set()
    wanted = set(identifiers)
    missing = [each.value for each in sorted(wanted - found, key=_by_value)]
    extra = [each.value for each in sorted(found - wanted, key=_by_value)] + list(facts.odd_names)
    if missing:
        yield Flaw("names", f"the certificate is not for {_list(missing)}, which was asked for")
    if extra:
        yield Flaw("names", f"the certificate is also for {_list(extra)}, which nobody asked for")


def _time_flaws(facts: CertificateFacts, now: datetime) -> Iterator[Flaw]:
    if facts.not_after < facts.not_before:
        yield Flaw("expired", "the certificate ends before it begins")
    elif facts.is_expired(now):
        yield Flaw("expired", f"the certificate expired on {facts.not_after:%Y-%m-%d %H:%M} UTC")
    if facts.not_before > now + _CLOCK_TOLERANCE:
        yield Flaw(
            "not-yet-valid",
            f"the certificate is not valid before {facts.not_before:%Y-%m-%d %H:%M} UTC, and it is"
            f" {now:%Y-%m-%d %H:%M} here: is this machine's clock right?",
        )


def _chain_flaws(chain: list[x509.Certificate], allow_leaf_only: bool) -> Iterator[Flaw]:
    if len(chain) == 1 and not allow_leaf_only:
        yield Flaw("no-chain", "there is no intermediate certificate after it, which clients need")
    for number, (certificate, issuer) in enumerate(pairwise(chain), start=1):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            yield Flaw(
                "chain", f"certificate {number} of the chain is not signed by certificate {number + 1}"
            )


def _by_value(identifier: Identifier) -> str:
    return identifier.value


def _list(names: list[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
