"""Processes measured side by side."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process took: seconds by the clock and by the processor."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Contender:
    """A program to be measured: ``words`` gives the command line of one turn."""

    name: str
    words: Callable[[int], Sequence[str]]
    environment: Mapping[str, str]


def spent(words: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run it to its end; what fails stops the benchmark with its output."""
    begin = time.perf_counter()
    with subprocess.Popen(
        words,
        env={**CLEAN, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begin
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(words)} ended with status {process.returncode}:\n{output}")
    return Spent(wall, usage.ru_utime + usage.ru_stime)


def compare(title: str, contenders: Sequence[Contender], *, turns: int) -> None:
    """Let the contenders take turns and print the median of each; ratios are to the last one.

    A first turn of each warms the disk's cache and does not count.
    """
    results: dict[str, list[Spent]] = {each.name: [] for each in contenders}
    for turn in range(turns + 1):
        for each in contenders:
            result = spent(each.words(turn), each.environment)
            if turn:
                results[each.name].append(result)
    print(f"\n{title} (median of {turns})")
    print(f"{'':<30}{'wall ms':>10}{'cpu ms':>10}{'times':>8}")
    base = statistics.median(each.wall for each in results[contenders[-1].name])
    for name, found in results.items():
        wall = statistics.median(each.wall for each in found)
        cpu = statistics.median(each.cpu for each in found)
        print(f"{name:<30}{wall * 1000:>10.1f}{cpu * 1000:>10.1f}{wall / base:>8.2f}")
