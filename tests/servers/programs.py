"""Where the programs are that `scripts/servers` put in place."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Program:
    """A program in place and its version, as its package or itself gives it."""

    path: Path
    version: str


def requires(name: str) -> Program:
    """The program of that name in the manifest; fails the test, with what to do, where it is missing.

    Tests are never skipped for the want of a program: a suite that stays green by looking away says nothing.
    """
    place = Path(os.environ.get("EVERSEAL_SERVERS") or ROOT / ".servers")
    try:
        entry = json.loads((place / "servers.json").read_text("utf-8")).get(name)
    except FileNotFoundError:
        entry = None
    if entry is None or not os.access(entry["path"], os.X_OK):
        pytest.fail(f"{name} is not in place: run scripts/servers", pytrace=False)
    return Program(Path(entry["path"]), entry["version"])
