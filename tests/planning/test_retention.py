from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.planning.retention import Retention, VersionAge, judge, to_remove
from tests.store.minting import NOW


def removed(numbers: range | list[int], live: int, retention: Retention) -> tuple[int, ...]:
    return to_remove(judge([VersionAge(n) for n in numbers], live=live, retention=retention, now=NOW))


@pytest.mark.parametrize(
    ("numbers", "live", "keep", "gone"),
    [
        (range(1, 7), 6, None, ()),
        (range(1, 8), 7, None, (1,)),
        (range(1, 11), 10, 5, (1, 2, 3, 4)),
        (range(1, 5), 4, 0, (1, 2, 3)),
        (range(1, 5), 2, 0, (1,)),
        ([1, 5, 9], 9, 1, (1,)),
        ([1], 1, 0, ()),
    ],
)
def test_the_live_one_and_those_before_it_stay(
    numbers: range | list[int], live: int, keep: int | None, gone: tuple[int, ...]
) -> None:
    assert removed(numbers, live, Retention(keep)) == gone


@given(st.sets(st.integers(1, 40), min_size=1), st.integers(0, 9), st.data())
def test_never_the_live_one_nor_a_later_one(numbers: set[int], keep: int, data: st.DataObject) -> None:
    live = data.draw(st.sampled_from(sorted(numbers)))
    gone = removed(sorted(numbers), live, Retention(keep))
    assert all(number < live for number in gone)
    stay = [number for number in numbers if number < live and number not in gone]
    assert len(stay) == min(keep, len([number for number in numbers if number < live]))


def aged(*days: int) -> list[VersionAge]:
    """Versions 1, 2 ... issued so many days ago."""
    return [VersionAge(n, issued=NOW - timedelta(days=age)) for n, age in enumerate(days, 1)]


@pytest.mark.parametrize(
    ("retention", "gone"),
    [
        (Retention(days=100), (1,)),
        (Retention(days=30), (1, 2, 3)),
        (Retention(days=0), (1, 2, 3)),
        (Retention(versions=1, days=100), (1,)),
        (Retention(versions=2, days=30), (1,)),
        (Retention(versions=3, days=0), ()),
    ],
)
def test_days_and_versions_each_keep(retention: Retention, gone: tuple[int, ...]) -> None:
    assert to_remove(judge(aged(150, 90, 60, 1), live=4, retention=retention, now=NOW)) == gone


def test_an_age_that_is_not_known_keeps_nothing() -> None:
    versions = [VersionAge(1), VersionAge(2)]
    assert to_remove(judge(versions, live=2, retention=Retention(days=9), now=NOW)) == (1,)


def test_half_ones_go_with_what_is_around_them() -> None:
    versions = [
        VersionAge(1, is_complete=False),
        VersionAge(2),
        VersionAge(3, is_complete=False),
        VersionAge(4),
    ]
    kept = judge(versions, live=4, retention=Retention(1), now=NOW)
    assert to_remove(kept) == (1,)
    assert kept[2].reason.code == "incomplete-among-kept"
    assert to_remove(judge(versions, live=4, retention=Retention(0), now=NOW)) == (1, 2, 3)


def test_nothing_goes_while_no_version_is_live() -> None:
    found = judge(aged(300, 200), live=None, retention=Retention(0), now=NOW)
    assert [each.reason.code for each in found] == ["live-unknown"] * 2
    assert to_remove(found) == ()


def test_each_verdict_says_why() -> None:
    found = judge(aged(150, 90, 60, 1, 0), live=4, retention=Retention(1, 100), now=NOW)
    assert [each.reason.sentence for each in found] == [
        "it is not among the newest 1 before the live version and not issued within 100 days",
        "it was issued within 100 days (at 2026-08-26 12:00:00 UTC)",
        "it is among the newest 1 before the live version",
        "it is live",
        "it is newer than the live version",
    ]
    only_days = judge(aged(9, 1), live=2, retention=Retention(days=1), now=NOW)
    assert only_days[0].reason.sentence == "it is not issued within 1 day"
