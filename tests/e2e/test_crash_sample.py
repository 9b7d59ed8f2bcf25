"""A fixed sample of `make crash`: the command is struck at some of its changes, and everything is recovered.

What is struck, where, and what is looked at is in ``tests/crash``.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.crash.operations import MIXED_AT_MOST
from tests.crash.striking import Striker

# For each of two workers: operation, fault, every how many-th point, beginning with which.
SAMPLE: Final = {
    "renewals": (
        ("renew", "kill", 17, 4),
        ("renew", "full", 17, 9),
        ("renew", "eio", 37, 17),
        ("renew", "power-names", 47, 21),
        ("renew", "power-mixed", 47, 40),
        ("relink", "kill", 31, 15),
    ),
    "all else": (
        ("first", "kill", 37, 13),
        ("first", "torn", 9, 2),
        ("first", "full", 31, 11),
        ("first", "power-gone", 83, 47),
        ("delete", "kill", 19, 9),
        ("rename", "eio", 19, 9),
        ("switch", "kill", 19, 11),
        ("prune", "power-gone", 5, 3),
    ),
}


@pytest.mark.parametrize("worker", SAMPLE)
def test_some_points_are_recovered(worker: str) -> None:
    with Striker("everseal") as striker:
        for operation, mode, every, first in SAMPLE[worker]:
            findings = striker.strike(operation, mode, first=first, every=every)
            assert findings.struck >= 1
            assert findings.unrecovered == {}
            assert findings.wide == {}
            assert len(findings.broken) <= MIXED_AT_MOST.get(operation, 0)
