from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.planning.renew_interval import BadRenewInterval, parse_renew_before_expiry


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30 days", timedelta(days=30)),
        ("30", timedelta(days=30)),
        (" 1 day ", timedelta(days=1)),
        ("0 days", timedelta(0)),
        ("36 hours", timedelta(hours=36)),
        ("1 Hour", timedelta(hours=1)),
        ("3 weeks", timedelta(days=21)),
        ("6 months", timedelta(days=180)),
        ("2 years", timedelta(days=730)),
        ("30days", timedelta(days=30)),
        ("30d", timedelta(days=30)),
        ("5h", timedelta(hours=5)),
        ("2 w", timedelta(days=14)),
        ("1 y", timedelta(days=365)),
        ("99 years", timedelta(days=36135)),
    ],
)
def test_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert parse_renew_before_expiry(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "days", "-3 days", "1.5 days", "1 week 3 days", "10 minutes", "5 m", "30 dayss",
        "30 day s", "3\n days x", "1001 years", "99999999 hours", "٣ days", "hs", "1 hs",
    ],
)  # fmt: skip
def test_anything_else_is_an_error_that_shows_the_form(text: str) -> None:
    with pytest.raises(BadRenewInterval) as caught:
        parse_renew_before_expiry(text)
    assert "30 days" in caught.value.remedy
    assert caught.value.text == text


@given(st.text(max_size=20))
def test_no_text_breaks_it(text: str) -> None:
    try:
        length = parse_renew_before_expiry(text)
    except BadRenewInterval:
        length = timedelta(0)
    assert length >= timedelta(0)


def test_the_message_is_one_safe_line() -> None:
    with pytest.raises(BadRenewInterval) as caught:
        parse_renew_before_expiry("x\n\x1b[2J")
    assert caught.value.message.isprintable()
