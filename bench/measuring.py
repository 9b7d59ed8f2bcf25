"""Processes measured side by side."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}
_SPAWNER = Path(__file__).with_name("spawner.py")


@dataclass(frozen=True, slots=True)
class Spent:
    """What one command took: seconds by the clock and by the processor, peak memory in MiB, and how many
    requests the CA got (None where there is no CA)."""

    wall: float
    cpu: float
    memory: float
    requests: int | None = None


@dataclass(frozen=True, slots=True)
class Contender:
    """A program to be measured.

    ``words`` gives the command line of one turn; turn 0 warms up, where there is a warm-up.  ``before`` is
    called before each turn and not measured.
    """

    name: str
    words: Callable[[int], Sequence[str]]
    environment: Mapping[str, str]
    before: Callable[[], None] = lambda: None


def spent(words: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run it to its end; what fails stops the benchmark with its output."""
    with tempfile.NamedTemporaryFile(prefix="everseal-bench-", suffix=".out") as output:
        told = subprocess.run(
            [sys.executable, "-I", "-S", str(_SPAWNER), output.name, *words],
            env={**CLEAN, **environment},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        if told[3] != "0":
            said = Path(output.name).read_text("utf-8", "replace")
            raise SystemExit(f"{' '.join(words)} ended with status {told[3]}:\n{said[-4000:]}")
    return Spent(float(told[0]), float(told[1]), float(told[2]) / 1024)


def compare(
    title: str,
    contenders: Sequence[Contender],
    *,
    turns: int,
    warm_up: bool = True,
    requests: Callable[[], int] | None = None,
) -> None:
    """Let the contenders take turns and print the median of each; ``times`` is wall time in multiples of the
    last one's.

    A first turn of each that does not count fills the caches, unless ``warm_up`` is off.  ``requests`` says
    how many requests the CA has had so far.
    """
    results: dict[str, list[Spent]] = {each.name: [] for each in contenders}
    for turn in range(0 if warm_up else 1, turns + 1):
        for each in contenders:
            each.before()
            counted = requests() if requests else 0
            result = spent(each.words(turn), each.environment)
            if requests:
                result = Spent(result.wall, result.cpu, result.memory, requests() - counted)
            if turn:
                results[each.name].append(result)
    print(f"\n{title} (median of {turns})\n")
    print("| | wall s | cpu s | peak MiB | requests | times |\n|---|---|---|---|---|---|")
    base = statistics.median(each.wall for each in results[contenders[-1].name])
    for name, found in results.items():
        print(_line(name, found, base), flush=True)


def always(*words: str) -> Callable[[int], Sequence[str]]:
    """The same in each turn."""
    return lambda _turn: words


def _line(name: str, found: Sequence[Spent], base: float) -> str:
    wall = statistics.median(each.wall for each in found)
    cpu = statistics.median(each.cpu for each in found)
    memory = max(each.memory for each in found)
    asked = [each.requests for each in found if each.requests is not None]
    requests = f"{statistics.median(asked):g}" if asked else ""
    return f"| {name} | {wall:.3f} | {cpu:.3f} | {memory:.1f} | {requests} | {wall / base:.2f} |"
