from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from everseal.acme.states import (
    ACCOUNT,
    AUTHORIZATION,
    CHALLENGE,
    ORDER,
)


@pytest.mark.parametrize("table", [CHALLENGE, AUTHORIZATION, ORDER, ACCOUNT])
def test_every_status_has_its_row(table: Mapping[StrEnum, frozenset[StrEnum]]) -> None:
    assert set(table) == set(type(next(iter(table))))
    assert all(after in table for row in table.values() for after in row)


@pytest.mark.parametrize("table", [CHALLENGE, AUTHORIZATION, ORDER, ACCOUNT])
def test_there_is_no_way_back(table: Mapping[StrEnum, frozenset[StrEnum]]) -> None:
    def reached(now: StrEnum, seen: frozenset[StrEnum]) -> frozenset[StrEnum]:
        return seen.union(*(reached(after, seen | {after}) for after in table[now] if after not in seen))

    assert not any(status in reached(after, frozenset()) for status in table for after in table[status])
