"""``certificates`` with many lineages, each verified as Certbot does."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.clients import EVERSEAL, directories, program
from bench.forest import Forest
from bench.measuring import Contender, always, compare
from bench.quiet import forgetting

TURNS = 3


def listing() -> None:
    for number in (1_000, 10_000):
        _list(number)


def _list(number: int) -> None:
    with tempfile.TemporaryDirectory(prefix="everseal-bench-") as folder:
        config = Path(folder, "config")
        names = [f"n{each}.example.com" for each in range(number)]
        Forest(config).plant(names, issued=datetime.now(UTC) - timedelta(days=5))
        words = ["certificates", *directories(Path(folder))]
        contenders = [
            Contender("certbot", always(program("certbot"), *words), {}),
            Contender("everseal, nothing remembered", always(*forgetting(config, words)), {}),
            Contender("everseal", always(EVERSEAL, *words), {}),
        ]
        compare(f"`certificates`, {number:,} lineages", contenders, turns=TURNS)
