"""Challenges as an order would have them."""

from __future__ import annotations

import hashlib

from everseal.acme.challenges import ChallengeType, Presentation
from everseal.acme.jws import b64url
from everseal.model.names import Identifier, parse_identifier

THUMBPRINT = b64url(hashlib.sha256(b"an account key").digest())


def make_presentation(
    name: str = "a.example", kind: ChallengeType = "http-01", seed: object = ""
) -> Presentation:
    """``*.name`` makes the challenge of a wildcard; ``seed`` makes another token for the same name."""
    identifier: Identifier = parse_identifier(name)
    token = b64url(hashlib.sha256(f"{name} {kind} {seed}".encode()).digest())
    return Presentation(
        identifier=identifier.base,
        wildcard=identifier.is_wildcard,
        type=kind,
        token=token,
        key_authorization=f"{token}.{THUMBPRINT}",
    )
