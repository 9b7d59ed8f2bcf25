"""Whatever stops a change, the live files stay one sound set and the next run mends the rest.

The other faults and scenarios are in ``tests/crash``.
"""

from __future__ import annotations

import pytest

from tests.store.crashing import SAMPLE, run_and_judge


@pytest.mark.parametrize(("scenario", "fault"), SAMPLE)
def test_every_point_is_recovered(scenario: str, fault: str) -> None:
    assert run_and_judge(scenario, fault) >= 10
