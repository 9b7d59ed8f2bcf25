"""This machine's secret, as far as it has been made; loads little."""

from __future__ import annotations

import os

from everseal.model.errors import StoreUnusable
from everseal.system.files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SECRET_SIZE: Final = 32
_FILE: Final = "secret"


def secret_path(state_dir: str) -> str:
    return os.path.join(state_dir, _FILE)


def known_secret(state_dir: str) -> bytes:
    """32 octets; empty where there are none yet, or something else has their place."""
    try:
        found = read_file(secret_path(state_dir), limit=SECRET_SIZE)
    except (OSError, StoreUnusable):
        return b""
    return found if len(found) == SECRET_SIZE else b""
