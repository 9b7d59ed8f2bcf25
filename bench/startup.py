"""How long it takes to say the version and the help."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from bench.contenders import EVERSEAL, certbot
from bench.measuring import Contender, compare

TURNS = 15


def run() -> None:
    for flag in ("--version", "--help"):
        contenders = [
            Contender("bare interpreter", always([sys.executable, "-I", "-c", "pass"]), {}),
            Contender("certbot", always([certbot(), flag]), {}),
            Contender("everseal", always([EVERSEAL, flag]), {}),
        ]
        compare(f"{flag}", contenders, turns=TURNS)


def always(words: Sequence[str]) -> Callable[[int], Sequence[str]]:
    """The same in each turn."""
    return lambda _turn: words
