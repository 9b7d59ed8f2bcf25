"""The two programs, as they are installed for the tests."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.servers.programs import requires

EVERSEAL = str(Path(sys.executable).with_name("everseal"))


def certbot() -> str:
    return str(requires("certbot").path)


def directories(folder: Path) -> list[str]:
    """The options that keep everything below one folder."""
    return [word for kind in ("config", "work", "logs") for word in (f"--{kind}-dir", str(folder / kind))]
