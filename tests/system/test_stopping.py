from __future__ import annotations

import pytest

from everseal.model.errors import Interrupted
from everseal.system.stopping import ListeningClock, StopSwitch
from tests.store.minting import NOW, StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def switch(clock: StillClock) -> StopSwitch:
    return StopSwitch(clock, grace=20)


def test_nobody_has_asked(clock: StillClock, switch: StopSwitch) -> None:
    listening = ListeningClock(clock, switch)
    listening.sleep(500)
    assert listening.monotonic() == pytest.approx(500)
    assert listening.now() == NOW
    assert not switch.is_wanted
    assert not switch.is_over


def test_a_wait_lasts_until_the_grace_has_passed(clock: StillClock, switch: StopSwitch) -> None:
    listening = ListeningClock(clock, switch)
    assert switch.ask() == 1
    assert switch.is_wanted
    listening.sleep(15)
    with pytest.raises(Interrupted):
        listening.sleep(15)
    assert clock.slept == pytest.approx(20, abs=0.2)


def test_a_second_time_is_at_once(clock: StillClock, switch: StopSwitch) -> None:
    listening = ListeningClock(clock, switch)
    assert [switch.ask(), switch.ask()] == [1, 2]
    assert switch.is_over
    with pytest.raises(Interrupted):
        listening.sleep(0)
    assert clock.slept == 0
