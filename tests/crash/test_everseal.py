"""Everseal's command, struck at every change it makes: everything is recovered."""

from __future__ import annotations

import pytest

from tests.crash.conftest import Strike
from tests.crash.faults import MODES
from tests.crash.operations import MIXED_AT_MOST, OPERATIONS

# What only removes files writes nothing that could be torn or find no room.
NOWHERE = {("prune", "torn"), ("prune", "full")}


@pytest.mark.parametrize("mode", [mode.name for mode in MODES])
@pytest.mark.parametrize("operation", [operation.name for operation in OPERATIONS])
def test_every_point_is_recovered(strike: Strike, operation: str, mode: str) -> None:
    findings = strike("everseal", operation, mode)
    assert findings.struck == findings.points
    assert (findings.points == 0) == ((operation, mode) in NOWHERE)
    assert findings.unrecovered == {}
    assert findings.wide == {}
    assert len(findings.broken) <= MIXED_AT_MOST.get(operation, 0)
