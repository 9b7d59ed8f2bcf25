"""Runs the command in this process and writes down what it has left behind.

``python -m tests.soak.inspected REPORT VERB ...``: REPORT gets the descriptors and threads that are there
after the command and were not before, and what it cost.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import threading
from pathlib import Path

from everseal.cli.main import run


def main(report: Path, arguments: list[str]) -> int:
    before = _descriptors()
    status = run("everseal", arguments)
    gc.collect()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    left = {
        "descriptors": sorted(_descriptors() - before),
        "threads": [each.name for each in threading.enumerate() if each is not threading.main_thread()],
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }
    report.write_text(json.dumps(left), encoding="utf-8")
    return status


def _descriptors() -> set[str]:
    """What is open, by number and target."""
    found = set()
    for entry in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{entry} {os.readlink(f'/proc/self/fd/{entry}')}")
        except FileNotFoundError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
