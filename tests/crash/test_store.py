"""Every scenario of the store with every fault at every step."""

from __future__ import annotations

import pytest

from tests.store.crashing import FAULTS, SCENARIOS, run_and_judge


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_point_is_recovered(scenario: str, fault: str) -> None:
    assert run_and_judge(scenario, fault) >= 10
