"""Whether an earlier run left anything to be finished, told from the names of files alone; loads little."""

from __future__ import annotations

import os

from everseal.system.files import explained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PENDING: Final = "pending"
CHANGES: Final = "changes"
HOOKS: Final = "hooks"
PRESENTED: Final = "presented"
RESTORING: Final = "restoring.json"
SUFFIX: Final = ".json"
"""The folders of the state and the end of a journal's name."""


def entries(state_dir: str, kind: str) -> list[str]:
    """The names of what is on record there, without the suffix.  Raises StoreUnusable."""
    names = listing(os.path.join(state_dir, kind))
    return [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]


def anything_left(state_dir: str) -> bool:
    """Orders under way, unfinished changes, hooks that are owed, what is in place for a CA, a backup half
    brought back.

    Raises StoreUnusable.
    """
    return os.path.lexists(os.path.join(state_dir, RESTORING)) or any(
        entries(state_dir, kind) for kind in (PENDING, CHANGES, HOOKS, PRESENTED)
    )


def listing(folder: str) -> list[str]:
    """Sorted; a missing folder is an empty one.  Raises StoreUnusable."""
    with explained("read the directory", folder):
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return []
