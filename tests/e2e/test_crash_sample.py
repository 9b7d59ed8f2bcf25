"""A fixed sample of `make crash`: the command is struck at some of its changes, and everything is recovered.

What is struck, where, and what is looked at is in ``tests/crash``.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.crash.striking import Striker

# Of each operation, for each fault: every how many-th point, beginning with which.
SAMPLE: Final = {
    "renew": {
        "kill": (9, 4),
        "full": (13, 7),
        "eio": (19, 11),
        "power-names": (37, 21),
        "power-mixed": (41, 17),
    },
    "first": {"kill": (19, 13), "torn": (7, 2), "full": (23, 11), "power-gone": (61, 47)},
}


@pytest.mark.parametrize("operation", SAMPLE)
def test_some_points_are_recovered(operation: str) -> None:
    with Striker("everseal") as striker:
        for mode, (every, first) in SAMPLE[operation].items():
            findings = striker.strike(operation, mode, first=first, every=every)
            assert findings.struck >= 2
            assert findings.unrecovered == {}
            assert findings.broken == []
