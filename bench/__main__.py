"""Runs the benchmarks that are named, or all, and prints a table for each."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping

from bench import issuance, listing, quiet, renewal, startup
from tests.servers.programs import requires

BENCHMARKS: Mapping[str, Callable[[], None]] = {
    "version": startup.version,
    "help": startup.help_page,
    "one": issuance.one,
    "hundred": issuance.hundred,
    "quiet": quiet.quiet,
    "ari": quiet.ari,
    "listing": listing.listing,
    "status": listing.status,
    "fifty": renewal.fifty,
    "day": renewal.day,
    "thousand": renewal.thousand,
}
_PROGRAMS = ("certbot", "dehydrated", "lego-new", "uacme", "pebble-new")


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    versions = ", ".join(f"{each.removesuffix('-new')} {requires(each).version}" for each in _PROGRAMS)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before; Python {platform.python_version()}")
    print(versions)
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    print(f"\nload {os.getloadavg()[0]:.2f} after")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
