"""``certificates`` and ``status`` with many lineages; the first verifies each as Certbot does."""

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
        _tell("certificates", number, with_certbot=True)


def status() -> None:
    """Certbot has no such verb."""
    for number in (1_000, 10_000):
        _tell("status", number, with_certbot=False)


def _tell(verb: str, number: int, *, with_certbot: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="everseal-bench-") as folder:
        config = Path(folder, "config")
        names = [f"n{each}.example.com" for each in range(number)]
        Forest(config).plant(names, issued=datetime.now(UTC) - timedelta(days=5))
        (config / ".everseal").mkdir(mode=0o700)
        words = [verb, *directories(Path(folder))]
        contenders = [
            Contender("everseal, nothing remembered", always(*forgetting(config, words)), {}),
            Contender("everseal", always(EVERSEAL, *words), {}),
        ]
        if with_certbot:
            contenders.insert(0, Contender("certbot", always(program("certbot"), *words), {}))
        compare(f"`{verb}`, {number:,} lineages", contenders, turns=TURNS)
