"""This machine's secret, as far as it has been made; loads little."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SECRET_SIZE: Final = 32
_FILE: Final = "secret"


def secret_path(state_dir: str) -> str:
    return os.path.join(state_dir, _FILE)


def known_secret(state_dir: str) -> bytes:
    """32 octets; empty where there are none yet."""
    try:
        with open(secret_path(state_dir), "rb") as file:
            found = file.read(SECRET_SIZE + 1)
    except OSError:
        return b""
    return found if len(found) == SECRET_SIZE else b""
