from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from everseal.acme.states import (
    ACCOUNT,
    AUTHORIZATION,
    CHALLENGE,
    ORDER,
    AuthorizationStatus,
    ChallengeStatus,
    OrderStatus,
    can_become,
)


@pytest.mark.parametrize("table", [CHALLENGE, AUTHORIZATION, ORDER, ACCOUNT])
def test_every_status_has_its_row(table: Mapping[StrEnum, frozenset[StrEnum]]) -> None:
    assert set(table) == set(type(next(iter(table))))
    assert all(after in table for row in table.values() for after in row)


def test_steps_between_may_go_unseen() -> None:
    assert can_become(ORDER, OrderStatus.PENDING, OrderStatus.VALID)
    assert can_become(CHALLENGE, ChallengeStatus.PENDING, ChallengeStatus.INVALID)
    assert can_become(ORDER, OrderStatus.READY, OrderStatus.READY)


def test_there_is_no_way_back() -> None:
    assert not can_become(ORDER, OrderStatus.VALID, OrderStatus.READY)
    assert not can_become(AUTHORIZATION, AuthorizationStatus.VALID, AuthorizationStatus.PENDING)
    assert not can_become(ORDER, OrderStatus.INVALID, OrderStatus.VALID)
