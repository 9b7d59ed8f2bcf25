"""``certificates`` with a thousand lineages, each verified as Certbot does."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.contenders import EVERSEAL, certbot, directories
from bench.measuring import Contender, compare
from bench.startup import always
from tests.store.minting import mint
from tests.store.trees import make_tree

LINEAGES = 1000
TURNS = 3


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="everseal-bench-") as folder:
        config = Path(folder, "config")
        issued = datetime.now(UTC) - timedelta(days=1)
        for number in range(LINEAGES):
            name = f"n{number}.example.com"
            make_tree(config, name, [mint(name, issued=issued)])
        (config / ".everseal").mkdir(mode=0o700)  # as it is once Everseal has renewed anything here
        words = ["certificates", *directories(Path(folder))]
        contenders = [
            Contender("certbot", always([certbot(), *words]), {}),
            Contender("everseal, nothing remembered", always(forgetting(config, words)), {}),
            Contender("everseal", always([EVERSEAL, *words]), {}),
        ]
        compare(f"certificates, {LINEAGES:,} lineages", contenders, turns=TURNS)


def forgetting(config: Path, words: Sequence[str]) -> list[str]:
    """Everseal without the verdicts that it remembers of earlier listings."""
    memory = config / ".everseal" / "verdicts.json"
    return ["/bin/sh", "-c", 'rm -f "$0" && exec "$@"', str(memory), EVERSEAL, *words]
