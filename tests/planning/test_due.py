from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.planning.due import (
    RenewalFacts,
    RenewalPolicy,
    SuggestedWindow,
    Validity,
    backstop,
    decide_due,
    next_look,
    run_interval,
    usable_window,
)
from everseal.planning.moments import instant_between
from everseal.planning.reasons import (
    AutorenewOff,
    BackingOff,
    DueReason,
    Expired,
    Forced,
    LifetimePassed,
    NearExpiry,
    NotYet,
    Rehearsal,
    Revoked,
    WindowOpen,
)

START = datetime(2026, 9, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
PLAIN = RenewalPolicy()


def valid_for(lifetime: timedelta) -> Validity:
    return Validity(START, START + lifetime)


def facts_for(lifetime: timedelta, window: tuple[float, float] | None = None) -> RenewalFacts:
    """``window`` in shares of the lifetime."""
    suggested = None
    if window is not None:
        suggested = SuggestedWindow(START + lifetime * window[0], START + lifetime * window[1])
    return RenewalFacts(valid_for(lifetime), window=suggested, instant_key=b"machine and certificate")


def instant_in(window: SuggestedWindow, key: bytes) -> datetime:
    return instant_between(window.start, window.end, key)


def due_at(facts: RenewalFacts, now: datetime, policy: RenewalPolicy = PLAIN) -> bool:
    return isinstance(decide_due(facts, policy, now=now), DueReason)


@pytest.mark.parametrize(
    ("lifetime", "left"),
    [
        (timedelta(days=90), timedelta(days=30)),
        (timedelta(days=10), timedelta(days=10) / 3),
        (timedelta(days=10) - SECOND, (timedelta(days=10) - SECOND) / 2),
        (timedelta(hours=160), timedelta(hours=80)),
        (timedelta(minutes=6), timedelta(minutes=3)),
    ],
)
def test_without_ari_a_third_or_half_is_left(lifetime: timedelta, left: timedelta) -> None:
    facts = facts_for(lifetime)
    moment = facts.validity.not_after - left
    early = decide_due(facts, PLAIN, now=moment - SECOND)
    assert isinstance(early, NotYet)
    assert abs(early.renew_at - moment) < timedelta(milliseconds=1)
    assert early.rule == "lifetime"
    assert isinstance(decide_due(facts, PLAIN, now=moment + SECOND), LifetimePassed)


def test_the_very_moment_counts() -> None:
    facts = facts_for(90 * DAY)
    moment = backstop(facts.validity, with_ari=False)
    assert not due_at(facts, moment - timedelta(microseconds=1))
    assert due_at(facts, moment)


def test_with_ari_a_fifth_is_left() -> None:
    facts = facts_for(100 * DAY, (0.95, 0.99))
    moment = START + 80 * DAY
    early = decide_due(facts, PLAIN, now=moment - SECOND)
    assert isinstance(early, NotYet)
    assert (early.rule, early.window) == ("lifetime", (START + 95 * DAY, START + 99 * DAY))
    assert isinstance(decide_due(facts, PLAIN, now=moment), LifetimePassed)


def test_the_window_is_followed_at_our_instant() -> None:
    facts = facts_for(90 * DAY, (0.60, 0.70))
    assert facts.window is not None
    instant = instant_in(facts.window, facts.instant_key)
    early = decide_due(facts, PLAIN, now=instant - SECOND)
    assert isinstance(early, NotYet)
    assert (early.rule, early.renew_at) == ("ari", instant)
    due = decide_due(facts, PLAIN, now=instant)
    assert due == WindowOpen(instant, facts.window.start, facts.window.end)


def test_a_window_that_closes_before_the_next_run_is_not_missed() -> None:
    narrow = facts_for(90 * DAY, (0.666, 0.667))
    assert narrow.window is not None
    instant = instant_in(narrow.window, narrow.instant_key)
    opened = narrow.window.start
    assert instant > opened
    assert not due_at(narrow, opened - SECOND)
    reason = decide_due(narrow, PLAIN, now=opened)
    assert isinstance(reason, WindowOpen)
    assert reason.closes_before_next_run


def test_a_window_in_the_past_means_now() -> None:
    facts = facts_for(90 * DAY, (0.01, 0.02))
    assert due_at(facts, START + 2 * DAY)


def test_a_window_right_after_a_window_waits_a_day() -> None:
    facts = replace(facts_for(90 * DAY, (0.0, 0.001)), made_for_window=True)
    assert not due_at(facts, START + DAY - SECOND)
    assert due_at(facts, START + DAY)
    short = replace(facts_for(timedelta(minutes=6), (0.0, 0.01)), made_for_window=True)
    assert not due_at(short, START + timedelta(seconds=35))
    assert due_at(short, START + timedelta(seconds=36))


@pytest.mark.parametrize("window", [(0.7, 0.7), (0.7, 0.6), (1.0, 1.1), (2.0, 3.0)])
def test_a_window_without_sense_is_none(window: tuple[float, float]) -> None:
    facts = facts_for(90 * DAY, window)
    assert usable_window(facts.window, facts.validity) is None
    assert next_look(facts, PLAIN) == next_look(facts_for(90 * DAY), PLAIN)


def test_renew_before_expiry_comes_earlier_but_never_later() -> None:
    facts = facts_for(90 * DAY)
    early, late = RenewalPolicy(before_expiry=60 * DAY), RenewalPolicy(before_expiry=2 * DAY)
    assert decide_due(facts, early, now=START + 30 * DAY) == NearExpiry(START + 30 * DAY, 60 * DAY)
    assert not due_at(facts, START + 30 * DAY - SECOND, early)
    assert isinstance(decide_due(facts, late, now=START + 60 * DAY), LifetimePassed)


def test_a_boundless_renew_before_expiry_is_due_at_once() -> None:
    policy = RenewalPolicy(before_expiry=timedelta(days=1000 * 3650))
    assert isinstance(decide_due(facts_for(90 * DAY), policy, now=START), NearExpiry)


def test_force_and_rehearsal_need_no_date() -> None:
    facts = facts_for(90 * DAY)
    assert decide_due(facts, RenewalPolicy(force=True, rehearse=True, autorenew=False), now=START) == Forced()
    assert decide_due(facts, RenewalPolicy(rehearse=True, autorenew=False), now=START) == Rehearsal()


def test_autorenew_off_is_never_due() -> None:
    facts = replace(facts_for(90 * DAY), revoked=True)
    policy = RenewalPolicy(autorenew=False)
    assert decide_due(facts, policy, now=START + 200 * DAY) == AutorenewOff()
    assert next_look(facts, policy) is None


def test_expired_and_revoked_are_due() -> None:
    facts = facts_for(90 * DAY)
    end = facts.validity.not_after
    assert decide_due(facts, PLAIN, now=end) == Expired(end)
    assert decide_due(replace(facts, revoked=True), PLAIN, now=START) == Revoked()


def test_after_failures_it_waits_unless_a_person_asks() -> None:
    facts = replace(facts_for(90 * DAY), retry_at=START + 62 * DAY, failures=3)
    during, after = START + 61 * DAY, START + 62 * DAY
    assert decide_due(facts, PLAIN, now=during) == BackingOff(START + 62 * DAY, 3)
    assert due_at(facts, after)
    assert due_at(facts, during, RenewalPolicy(explicit=True))
    assert isinstance(decide_due(facts, PLAIN, now=START), NotYet)
    assert next_look(facts, PLAIN) == after


def test_nonsense_dates_are_expired_or_due() -> None:
    facts = RenewalFacts(Validity(START, START - DAY))
    assert isinstance(decide_due(facts, PLAIN, now=START), Expired)
    assert not due_at(facts, START - 2 * DAY)


def test_runs_come_twice_a_day_or_oftener() -> None:
    assert run_interval(valid_for(90 * DAY)) == timedelta(hours=12)
    assert run_interval(valid_for(timedelta(minutes=6))) == timedelta(seconds=18)


def test_the_instant_depends_on_key_and_window_alone() -> None:
    window = SuggestedWindow(START, START + DAY)
    assert instant_in(window, b"a") == instant_in(window, b"a")
    assert len({instant_in(window, bytes([number])) for number in range(50)}) == 50
    assert instant_in(window, b"a") != instant_in(SuggestedWindow(START, START + 2 * DAY), b"a")


def test_instants_are_spread_over_the_window() -> None:
    window = SuggestedWindow(START, START + 10 * DAY)
    tenths = [0] * 10
    for number in range(2000):
        tenths[(instant_in(window, str(number).encode()) - START) // DAY] += 1
    assert min(tenths) > 120


shares = st.floats(0, 1.2)
lifetimes = st.timedeltas(timedelta(minutes=6), timedelta(days=400))
windows = st.none() | st.tuples(shares, shares)
some_facts = st.builds(
    lambda lifetime, window, key, again, wait: replace(
        facts_for(lifetime, window),
        instant_key=key,
        made_for_window=again,
        retry_at=None if wait is None else START + lifetime * wait,
        failures=1,
    ),
    lifetimes,
    windows,
    st.binary(max_size=4),
    st.booleans(),
    st.none() | shares,
)
policies = st.builds(
    RenewalPolicy,
    before_expiry=st.none() | st.timedeltas(timedelta(0), timedelta(days=800)),
    explicit=st.booleans(),
)


@given(some_facts, policies, shares, shares)
def test_what_is_due_stays_due(facts: RenewalFacts, policy: RenewalPolicy, one: float, other: float) -> None:
    lifetime = facts.validity.lifetime
    first, second = sorted((START + lifetime * one, START + lifetime * other))
    if due_at(facts, first, policy):
        assert due_at(facts, second, policy)


@given(some_facts, policies)
def test_next_look_is_the_first_moment_it_is_due(facts: RenewalFacts, policy: RenewalPolicy) -> None:
    moment = next_look(facts, policy)
    assert moment is not None
    assert due_at(facts, moment, policy)
    ended = moment - timedelta(microseconds=1) >= facts.validity.not_after
    assert ended or not due_at(facts, moment - timedelta(microseconds=1), policy)


@given(some_facts, shares)
def test_before_the_window_opens_only_the_backstop_orders(facts: RenewalFacts, share: float) -> None:
    now = START + facts.validity.lifetime * share
    window = usable_window(facts.window, facts.validity)
    if window is None or now >= window.start:
        return
    reason = decide_due(facts, PLAIN, now=now)
    assert not isinstance(reason, WindowOpen)
    if isinstance(reason, LifetimePassed):
        assert now >= backstop(facts.validity, with_ari=True)


@given(some_facts, policies)
def test_it_is_always_due_before_the_end(facts: RenewalFacts, policy: RenewalPolicy) -> None:
    last_fifth = START + facts.validity.lifetime * 0.81
    assert due_at(replace(facts, retry_at=None), last_fifth, policy)


@given(windows, lifetimes, st.binary(max_size=4))
def test_the_instant_lies_in_the_window(
    window: tuple[float, float] | None, lifetime: timedelta, key: bytes
) -> None:
    suggested = usable_window(facts_for(lifetime, window).window, valid_for(lifetime))
    if suggested is not None:
        assert suggested.start <= instant_in(suggested, key) <= suggested.end
