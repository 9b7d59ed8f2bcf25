"""Base64url without padding (RFC 7515 section 2)."""

from __future__ import annotations

import binascii
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_ALPHABET: Final = re.compile(rb"[A-Za-z0-9_-]*={0,2}")


def encode(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Bears with padding, which some programs write; raises ValueError for anything else."""
    data = text.encode("ascii")
    if not _ALPHABET.fullmatch(data):
        raise ValueError("not base64url")
    bare = data.rstrip(b"=")
    return binascii.a2b_base64(bare.translate(_FROM_URL) + b"=" * (-len(bare) % 4))


_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
