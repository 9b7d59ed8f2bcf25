"""What costs too much to be loaded before it is needed."""

from __future__ import annotations

from typing import Final

HEAVY: Final = frozenset({"ssl", "cryptography", "urllib3", "dns", "rich", "asyncio"})
"""No command loads one of these for what it can tell without."""
