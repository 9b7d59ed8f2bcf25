"""Everseal's command, struck at every change it makes: everything is recovered."""

from __future__ import annotations

import pytest

from tests.crash.conftest import Strike
from tests.crash.faults import MODES
from tests.crash.operations import MIXED_AT_MOST, OPERATIONS


@pytest.mark.parametrize("mode", [mode.name for mode in MODES])
@pytest.mark.parametrize("operation", [operation.name for operation in OPERATIONS])
def test_every_point_is_recovered(strike: Strike, operation: str, mode: str) -> None:
    findings = strike("everseal", operation, mode)
    assert findings.struck == findings.points >= 1
    assert findings.unrecovered == {}
    assert len(findings.broken) <= MIXED_AT_MOST.get(operation, 0)
