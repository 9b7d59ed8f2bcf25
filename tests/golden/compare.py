"""Golden files: what is shown, kept word for word.

After a wanted change write them anew with ``EVERSEAL_UPDATE_GOLDEN=1`` and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent


def assert_golden(name: str, shown: str) -> None:
    """``shown`` is what ``tests/golden/NAME`` holds."""
    path = HERE / name
    if os.environ.get("EVERSEAL_UPDATE_GOLDEN") == "1":
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
