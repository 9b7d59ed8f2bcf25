"""The entry point; asks for the version before it loads anything else."""

from __future__ import annotations

import os
import sys

from everseal.version import version_line


def main() -> int:
    """Run one command; returns its exit status."""
    program = "certbot" if os.path.basename(sys.argv[0]) == "certbot" else "everseal"
    if sys.argv[1:] == ["--version"]:
        print(version_line(program))
        return 0
    from everseal.cli.main import run

    return run(program, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
