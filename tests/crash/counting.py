"""An independent count of a run's changes: strace's, by nothing but its text."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.crash.syscalls import this_machine

_LINE: Final = re.compile(r"(?P<time>[\d.]+) (?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>.*)")
_PATH: Final = re.compile(r'<(/[^>]*)>|"(/[^"]*)"')
# Of two open files one is only read.
_WRITTEN: Final = {"copy_file_range": slice(1, None), "sendfile": slice(0, 1)}
_FOR_CHANGE: Final = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC)\b")


def traced(
    strace: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    places: Sequence[str],
    notes: Path,
    umask: int,
) -> list[str]:
    """Run a command under strace; gives the names of the calls that changed something in the places.

    Each thread writes to a file of its own in the empty folder ``notes``, so that no line is cut in two.
    """
    calls = ",".join(f"?{name}" for name in this_machine().numbers)
    watching = ("-ff", "-y", "-ttt", "-s", "0", "-e", f"trace={calls}", "-o", str(notes / "thread"))
    done = subprocess.run(
        [strace, *watching, *words],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
        umask=umask,
    )
    if done.returncode != 0:
        raise RuntimeError(f"under strace it ended with {done.returncode}")
    lines = (line for file in sorted(notes.iterdir()) for line in file.read_text("utf-8").splitlines())
    return [call for _, call in sorted(_changes(lines, places))]


def _changes(lines: Iterator[str], places: Sequence[str]) -> Iterator[tuple[float, str]]:
    for line in lines:
        found = _LINE.match(line)
        if found is None or found["result"].startswith("-1"):
            continue
        if found["call"].startswith("open") and not _FOR_CHANGE.search(found["arguments"]):
            continue
        paths = [os.path.normpath(first or second) for first, second in _PATH.findall(found["arguments"])]
        paths = paths[_WRITTEN.get(found["call"], slice(None))]
        if any(path.endswith(".lock") for path in paths):
            continue
        if any(f"{path}/".startswith(f"{place}/") for path in paths for place in places):
            yield float(found["time"]), found["call"]
