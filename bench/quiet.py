"""``renew`` with ten thousand lineages and nothing due, with the CA's wishes known and to be asked for."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.adviser import adviser
from bench.clients import EVERSEAL, directories, program
from bench.forest import Forest
from bench.measuring import Contender, always, compare
from bench.premises import ROUND_TRIP

MANY = 10_000
TURNS = 3


def quiet() -> None:
    for number in (MANY // 10, MANY):
        _nothing_due(number)


def ari() -> None:
    """Nothing is known of what the CA wishes, so it is asked about every certificate."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="everseal-bench-")))
        ca = stack.enter_context(adviser(folder / "ca", round_trip=ROUND_TRIP))
        names = [f"n{number}.example.com" for number in range(MANY)]
        Forest(folder / "config", server=ca.directory_url).plant(names, issued=_five_days_ago())
        title = f"`renew`, {MANY:,} lineages, the CA asked about each, {ROUND_TRIP * 1000:.0f} ms round trip"
        words = [EVERSEAL, "renew", "--non-interactive", *directories(folder)]
        trust = {"REQUESTS_CA_BUNDLE": str(ca.ca_bundle)}
        contenders = [
            Contender("everseal", always(*words), trust),
            Contender("everseal, again", always(*words), trust),
        ]
        compare(title, contenders, turns=1, warm_up=False, requests=ca.requests)


def _nothing_due(number: int) -> None:
    with tempfile.TemporaryDirectory(prefix="everseal-bench-") as folder:
        config = Path(folder, "config")
        forest = Forest(config, asked=datetime.now(UTC))
        forest.plant([f"n{each}.example.com" for each in range(number)], issued=_five_days_ago())
        state = config / ".everseal"  # as it is once Everseal has asked the CA
        state.mkdir(mode=0o700)
        (state / "secret").write_bytes(secrets.token_bytes(32))
        words = ["renew", *directories(Path(folder))]
        contenders = [
            Contender("certbot", always(program("certbot"), *words), {}),
            Contender("everseal, without an index", always(*forgetting(config, words)), {}),
            Contender("everseal", always(EVERSEAL, *words), {}),
        ]
        compare(f"`renew`, {number:,} lineages, nothing due", contenders, turns=TURNS)


def forgetting(config: Path, words: Sequence[str]) -> list[str]:
    """Everseal without what it remembers of earlier runs; the machine's secret stays."""
    state = config / ".everseal"
    gone = 'rm -f "$0/index.sqlite" && exec "$@"'
    return ["/bin/sh", "-c", gone, str(state), EVERSEAL, *words]


def _five_days_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=5)
