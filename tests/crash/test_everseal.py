"""Everseal's command, struck at every change it makes: everything is recovered."""

from __future__ import annotations

import pytest

from tests.crash.conftest import Strike
from tests.crash.faults import MODES
from tests.crash.operations import OPERATIONS


@pytest.mark.parametrize("mode", [mode.name for mode in MODES])
@pytest.mark.parametrize("operation", [operation.name for operation in OPERATIONS])
def test_every_point_is_recovered(strike: Strike, operation: str, mode: str) -> None:
    findings = strike("everseal", operation, mode)
    assert findings.struck == findings.points >= 3
    assert findings.unrecovered == {}
    assert findings.broken == []
