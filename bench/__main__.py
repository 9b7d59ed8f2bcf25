"""Runs the benchmarks that are named, or all, and prints a table for each."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping

from bench import issuance, listing, startup
from tests.servers.programs import requires

BENCHMARKS: Mapping[str, Callable[[], None]] = {
    "startup": startup.run,
    "listing": listing.run,
    "issuance": issuance.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, load {load:.2f} before; Python {platform.python_version()}; "
        f"Certbot {requires('certbot').version}"
    )
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
