from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from everseal.planning.limit import Limit, Spending
from everseal.planning.limits import Forecast, OrderAhead, buckets, forecast, set_id
from everseal.planning.refusals import (
    AskedToWait,
    Bucket,
    Hold,
    LimitReached,
    Paused,
    WouldBeRefused,
)
from tests.planning.samples import NOW, SERVER, names

DAY = timedelta(days=1)
ACCOUNT = f"{SERVER}/acct/1"
NEW_ACCOUNTS = Limit("new-accounts", "accounts", ("address",), 10, timedelta(hours=3))
ORDERS = Limit("new-orders", "orders", ("account",), 2, timedelta(hours=3), frozenset({"ari", "renewal"}))
DOMAIN = Limit("domain", "certificates", ("domain",), 3, 7 * DAY, frozenset({"ari", "renewal"}))
SET = Limit("set", "certificates", ("set",), 2, 7 * DAY, frozenset({"ari"}))
FAILED = Limit("failed", "failures", ("account", "identifier"), 5, timedelta(hours=1), frozenset({"ari"}))
ROW = Limit("row", "failures", ("account", "identifier"), 3, 3 * DAY, frozenset(), True, True)
ALL = (NEW_ACCOUNTS, ORDERS, DOMAIN, SET, FAILED, ROW)
ORDER = OrderAhead(
    SERVER,
    ACCOUNT,
    names("www.example.com", "example.com", "192.0.2.7"),
    domains=("example.com", "192.0.2.7"),
)


def ask(
    order: OrderAhead, spent: Mapping[Bucket, Sequence[Spending]], holds: Sequence[Hold] = ()
) -> Forecast:
    known = {bucket: spent.get(bucket, ()) for bucket in buckets(order, ALL)}
    return forecast(order, known, holds, now=NOW)


def of(limit: Limit, order: OrderAhead = ORDER) -> Bucket:
    """The first bucket of a limit that concerns the order."""
    return next(bucket for bucket in buckets(order, ALL) if bucket.limit == limit)


def test_the_buckets_of_an_order() -> None:
    found = [(bucket.limit.id, bucket.subject) for bucket in buckets(ORDER, ALL)]
    assert found == [
        ("new-orders", (ACCOUNT,)),
        ("domain", ("example.com",)),
        ("domain", ("192.0.2.7",)),
        ("set", (set_id(ORDER.identifiers),)),
        *(("failed", (ACCOUNT, each.value)) for each in ORDER.identifiers),
        *(("row", (ACCOUNT, each.value)) for each in ORDER.identifiers),
    ]


def test_a_new_account_has_nothing_but_its_registration_to_fear() -> None:
    found = {bucket.limit.id for bucket in buckets(replace(ORDER, account=None), ALL)}
    assert found == {"new-accounts", "domain", "set"}


def test_a_set_of_names_has_no_order() -> None:
    one, other = names("a.example", "b.example"), names("b.example", "a.example", "b.example")
    assert set_id(one) == set_id(other) != set_id(names("a.example"))


def test_an_order_with_room_everywhere() -> None:
    found = ask(ORDER, {of(SET): [Spending(NOW - DAY)]})
    assert found.refusal is None
    costs = {use.bucket: (use.used, use.cost) for use in found.uses}
    assert costs[of(SET)] == (1, 1)
    assert costs[of(ORDERS)] == (0, 1)
    assert costs[of(FAILED)] == (0, 0)


def test_the_longest_wait_counts() -> None:
    spent = {
        of(ORDERS): [Spending(NOW)] * 2,
        of(SET): [Spending(NOW)] * 2,
        of(DOMAIN): [Spending(NOW - DAY)] * 3,
    }
    found = ask(ORDER, spent)
    assert found.refusal == LimitReached(of(SET), 2, NOW + SET.refill)


def test_a_renewal_is_not_asked_for_orders_and_domains() -> None:
    spent = {of(ORDERS): [Spending(NOW)] * 2, of(DOMAIN): [Spending(NOW)] * 3}
    assert ask(ORDER, spent).refusal is not None
    renewed = ask(replace(ORDER, renewal=True), spent)
    assert renewed.refusal is None
    assert {use.cost for use in renewed.uses if use.bucket.limit in (ORDERS, DOMAIN)} == {0}
    full = ask(replace(ORDER, renewal=True), {of(SET): [Spending(NOW)] * 2})
    assert isinstance(full.refusal, LimitReached)


def test_a_renewal_in_the_suggested_window_is_asked_for_nothing_but_pauses() -> None:
    order = replace(ORDER, ari=True, renewal=True)
    spent = {
        of(ORDERS): [Spending(NOW)] * 2,
        of(DOMAIN): [Spending(NOW)] * 3,
        of(SET): [Spending(NOW)] * 2,
        of(FAILED): [Spending(NOW)] * 5,
    }
    assert ask(order, spent).refusal is None
    assert ask(order, {of(ROW): [Spending(NOW)] * 4}).refusal == Paused("www.example.com")


def test_a_name_is_paused_by_the_failure_too_many() -> None:
    assert ask(ORDER, {of(ROW): [Spending(NOW)] * 3}).refusal is None
    assert ask(ORDER, {of(ROW): [Spending(NOW, 4)]}).refusal == Paused("www.example.com")
    assert ask(ORDER, {of(ROW): [Spending(NOW, 4, settled=True)]}).refusal is None


def test_the_last_one_of_a_set_is_seen() -> None:
    assert ask(ORDER, {}).last_of_set is None
    last = ask(ORDER, {of(SET): [Spending(NOW)]}).last_of_set
    assert last is not None
    assert (last.used, last.bucket) == (1, of(SET))


@pytest.mark.parametrize(
    ("hold", "concerns"),
    [
        (Hold((), (), NOW, NOW + DAY, "quiet"), True),
        (Hold((), (), NOW - 2 * DAY, NOW, "over"), False),
        (Hold(("account",), (ACCOUNT,), NOW, NOW + DAY, "orders"), True),
        (Hold(("account",), ("another",), NOW, NOW + DAY, "orders"), False),
        (Hold(("domain",), ("example.com",), NOW, NOW + DAY, "domain"), True),
        (Hold(("domain",), ("example.net",), NOW, NOW + DAY, "domain"), False),
        (Hold(("account", "set"), (ACCOUNT, set_id(ORDER.identifiers)), NOW, NOW + DAY, "set"), True),
        (Hold(("account", "set"), ("another", set_id(ORDER.identifiers)), NOW, NOW + DAY, "set"), False),
        (Hold(("account", "identifier"), (ACCOUNT, "example.com"), NOW, None, "paused"), True),
        (Hold(("account", "identifier"), (ACCOUNT, "example.net"), NOW, None, "paused"), False),
    ],
)
def test_what_the_ca_said_holds_for_those_it_was_about(hold: Hold, concerns: bool) -> None:
    refusal = ask(ORDER, {}, [hold]).refusal
    assert refusal == (hold.refusal if concerns else None)


def test_a_hold_of_an_exempt_limit_does_not_concern_the_order() -> None:
    hold = Hold(("account",), (ACCOUNT,), NOW, NOW + DAY, "too many new orders", limit="new-orders")
    assert ask(ORDER, {}, [hold]).refusal == AskedToWait(
        NOW + DAY, NOW, "too many new orders", "orders of this account"
    )
    assert ask(replace(ORDER, renewal=True), {}, [hold]).refusal is None
    assert ask(replace(ORDER, ari=True), {}, [hold]).refusal is None


def test_a_pause_that_the_ca_told_is_shown_with_its_url() -> None:
    url = "https://ca.example/unpause?jwt=abc"
    subject = (ACCOUNT, "www.example.com")
    hold = Hold(("account", "identifier"), subject, NOW, None, "paused", url=url)
    refusal = ask(ORDER, {of(ROW): [Spending(NOW, 4)]}, [hold]).refusal
    assert refusal == Paused("www.example.com", NOW, url)
    assert url in refusal.remedy


def test_refusals_in_words() -> None:
    reached = LimitReached(of(SET), 2, NOW + SET.refill)
    assert reached.sentence == (
        "the CA would refuse the order: 2 of 2 certificates for this exact set of names in 7 days are used "
        "(one more every 84 hours), so it is possible from 2026-11-28 00:00:00 UTC"
    )
    assert of(FAILED).what == "failed validations of www.example.com"
    error = WouldBeRefused(reached)
    assert (error.message, error.remedy, error.retry_at) == (reached.sentence, reached.remedy, reached.until)
    assert WouldBeRefused(Paused("a.example")).retry_at is None
