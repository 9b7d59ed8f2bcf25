"""Texts that must not be shown, blotted out wherever they stand."""

from __future__ import annotations

import re

from everseal.model.secret import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Final

_SHORTEST_SECRET: Final = 6
_KEY_BEGINS: Final = "-----BEGIN "
_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)


class Mask:
    """Hides ``secrets``, the longest first, and private keys; what is shorter than six characters stays."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Collection[str]) -> None:
        known = (each for each in secrets if len(each) >= _SHORTEST_SECRET)
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return _PRIVATE_KEY.sub(MASK, text) if _KEY_BEGINS in text else text
