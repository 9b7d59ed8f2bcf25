"""How long the program takes to say its version and its help, above the bare interpreter.

Prints figures and asserts none: what must hold on every machine is the set of loaded modules, and other tests
look at that.
"""

import statistics
import subprocess
import sys
import time

import pytest

RUNS = 15
COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "--version": ["-m", "everseal", "--version"],
    "--help": ["-m", "everseal", "--help"],
}


def milliseconds(arguments: list[str]) -> float:
    """Wall time of one process."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-I", *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1000


def test_startup(capsys: pytest.CaptureFixture[str]) -> None:
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            times[name].append(milliseconds(arguments))
    with capsys.disabled():
        print(f"\n{'start-up':<20} {'median ms':>10} {'fastest':>10}")
        for name, found in times.items():
            print(f"{name:<20} {statistics.median(found):>10.1f} {min(found):>10.1f}")
