from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.store.retention import superseded


@pytest.mark.parametrize(
    ("numbers", "live", "keep", "gone"),
    [
        (range(1, 7), 6, 5, ()),
        (range(1, 8), 7, 5, (1,)),
        (range(1, 11), 10, 5, (1, 2, 3, 4)),
        (range(1, 5), 4, 0, (1, 2, 3)),
        (range(1, 5), 2, 0, (1,)),
        ([1, 5, 9], 9, 1, (1,)),
        ([1], 1, 0, ()),
    ],
)
def test_the_live_one_and_those_before_it_stay(
    numbers: range | list[int], live: int, keep: int, gone: tuple[int, ...]
) -> None:
    assert superseded(list(numbers), complete=list(numbers), live=live, keep=keep) == gone


@given(st.sets(st.integers(1, 40), min_size=1), st.integers(0, 9), st.data())
def test_never_the_live_one_nor_a_later_one(numbers: set[int], keep: int, data: st.DataObject) -> None:
    live = data.draw(st.sampled_from(sorted(numbers)))
    gone = superseded(numbers, complete=numbers, live=live, keep=keep)
    assert all(number < live for number in gone)
    stay = [number for number in numbers if number < live and number not in gone]
    assert len(stay) == min(keep, len([number for number in numbers if number < live]))
