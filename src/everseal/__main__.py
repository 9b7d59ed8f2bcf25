"""The entry point; asks for the version before it loads anything else."""

from __future__ import annotations

import gc
import os
import sys

from everseal.version import version_line

_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def main() -> int:
    """Run one command; returns its exit status.

    What is loaded lives as long as the process, so that looking for garbage in it is in vain, at the end too.
    """
    program = "certbot" if os.path.basename(sys.argv[0]) == "certbot" else "everseal"
    if sys.argv[1:] == ["--version"]:
        print(version_line(program))
        return 0
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from everseal.cli.main import run

    try:
        return run(program, sys.argv[1:])
    finally:
        gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
