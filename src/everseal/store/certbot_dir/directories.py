"""CAs' directory objects, remembered on disk for a day; loads little."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime, timedelta

from everseal.model.errors import StoreUnusable
from everseal.system.files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

FOLDER: Final = "directories"
_AGE: Final = timedelta(days=1)


def digest(text: str) -> str:
    """A file's name for a text of any kind."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def directory_path(state_dir: str, server: str) -> str:
    return os.path.join(state_dir, FOLDER, f"{digest(server)}.json")


def remembered_directory(state_dir: str, server: str, now: datetime) -> Mapping[str, object] | None:
    """A CA's directory object as fetched less than a day ago."""
    kept = last_directory(state_dir, server)
    if kept is None:
        return None
    directory, fetched = kept
    return directory if timedelta(0) <= now - fetched < _AGE else None


def last_directory(state_dir: str, server: str) -> tuple[Mapping[str, object], datetime] | None:
    """A CA's directory object as it was fetched last, and when."""
    try:
        found = json.loads(read_file(directory_path(state_dir, server)))
        fetched = datetime.fromisoformat(found["fetched"])
        directory = found["directory"] if found["server"] == server and fetched.tzinfo else None
    except (OSError, ValueError, TypeError, KeyError, StoreUnusable):
        return None
    return (directory, fetched) if isinstance(directory, dict) else None


def directory_record(server: str, directory: Mapping[str, object], now: datetime) -> bytes:
    """The content of the file."""
    record = {"server": server, "fetched": now.isoformat(), "directory": dict(directory)}
    return json.dumps(record).encode("ascii")
