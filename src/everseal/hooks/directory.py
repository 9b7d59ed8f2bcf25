"""The hook directories: ``renewal-hooks/pre``, ``deploy`` and ``post``."""

from __future__ import annotations

import os

from everseal.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class HookDirectories:
    """Paths of the three directories; None, or one that does not exist, holds no hooks."""

    pre: str | None = None
    deploy: str | None = None
    post: str | None = None

    @classmethod
    def below(cls, renewal_hooks: str) -> HookDirectories:
        """The three as Certbot names them, below its ``renewal-hooks`` directory."""
        return cls(
            pre=os.path.join(renewal_hooks, "pre"),
            deploy=os.path.join(renewal_hooks, "deploy"),
            post=os.path.join(renewal_hooks, "post"),
        )


def list_directory_hooks(directory: str) -> tuple[str, ...]:
    """Paths of the executable regular files in ``directory`` (links to such count), sorted.

    Files ending in ``~`` (editors' backups), directories and files that may not be executed are
    left out.
    """
    try:
        names = os.listdir(directory)
    except OSError:
        return ()
    paths = (os.path.join(directory, name) for name in names if not name.endswith("~"))
    return tuple(sorted(path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)))
