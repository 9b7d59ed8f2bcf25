"""Who may read what a run has made: as with Certbot under a usual umask; secrets are their owner's alone.

A file on its way, which has another name for a moment, may be read by no more people than when it is there.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MADE: Final = ("config", "logs", "work", "out")
# For each place the widest modes of a directory and of a file; the first that fits counts.
_WIDEST: Final = tuple(
    (re.compile(pattern), directory, file)
    for pattern, directory, file in (
        (r"(logs|config/\.everseal)(/.*)?", 0o700, 0o600),
        (r".*\.lock", 0o700, 0o600),
        (r"config/accounts(/.*)?", 0o700, 0o644),
        (r"config/(archive|live)", 0o700, 0o600),
        (r".*", 0o755, 0o644),
    )
)
_KEY: Final = 0o600
_KEYS_NAME: Final = "private_key"
_KEYS_CONTENT: Final = b"PRIVATE KEY"


def wider_modes(home: Path) -> Iterator[str]:
    """What on a machine more people may read, write or enter than should."""
    for made in _MADE:
        for path in (home / made, *(home / made).rglob("*")):
            if path.exists() and not path.is_symlink():
                mode, widest = stat.S_IMODE(path.stat().st_mode), _widest(path, home)
                if mode & ~widest:
                    yield f"{path.relative_to(home)} has mode {mode:04o}, not {widest:04o}"


def _widest(path: Path, home: Path) -> int:
    inside = str(path.relative_to(home))
    directory, file = next((d, f) for pattern, d, f in _WIDEST if pattern.fullmatch(inside))
    if path.is_dir():
        return directory
    is_key = _KEYS_NAME in path.name or _KEYS_CONTENT in path.read_bytes()
    return file & _KEY if is_key else file
