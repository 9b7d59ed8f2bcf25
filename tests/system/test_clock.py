from __future__ import annotations

from datetime import UTC

from everseal.system.clock import SystemClock, SystemRandom


def test_the_clock_is_aware_and_runs_on() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    before = clock.monotonic()
    clock.sleep(-1)
    clock.sleep(0.001)
    assert clock.monotonic() > before


def test_chance_stays_within_its_bounds() -> None:
    random = SystemRandom()
    assert all(2.0 <= random.uniform(2.0, 3.0) <= 3.0 for _ in range(100))
    assert len(random.token(16)) == 16
    assert random.token(16) != random.token(16)
