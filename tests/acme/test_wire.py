from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.acme.wire import (
    BadToken,
    Territory,
    UnsafeUrl,
    links,
    media_type,
    origin_of,
    parse_http_date,
    parse_nonce,
    parse_retry_after,
    parse_timestamp,
    parse_token,
    resolve,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("Tue, 24 Nov 2026 12:00:07 GMT", 7.0),
        ("Tuesday, 24-Nov-26 12:00:07 GMT", 7.0),
        ("Tue Nov 24 12:00:07 2026", 7.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("9" * 300, 315360000.0),
        (None, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Tue, 99 Nov 2026 12:00:07 GMT", None),
        ("Tue, 24 Nov 99999 12:00:07 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, now=NOW) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_is_read_or_left(value: str) -> None:
    seconds = parse_retry_after(value, now=NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(0, 86400 * 365))
def test_a_date_says_the_same_as_the_seconds(seconds: int) -> None:
    date = f"{NOW + timedelta(seconds=seconds):%a, %d %b %Y %H:%M:%S GMT}"
    assert parse_retry_after(date, now=NOW) == parse_retry_after(str(seconds), now=NOW)


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(value: str) -> None:
    assert parse_http_date(value) is None or parse_http_date(value) is not None
    assert parse_timestamp(value) is None or isinstance(parse_timestamp(value), datetime)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-24T12:00:00Z", NOW),
        ("2026-11-24T12:00:00.123456789Z", NOW.replace(microsecond=123456)),
        ("2026-11-24T13:00:00+01:00", NOW),
        ("2026-11-24T12:00:00", NOW),
        ("2026-11-24", None),
        ("0001-01-01T00:00:00+14:00", None),
        (1764000000, None),
        (None, None),
    ],
)
def test_timestamps(value: object, expected: datetime | None) -> None:
    assert parse_timestamp(value) == expected


@pytest.mark.parametrize("token", [TOKEN, "a" * 22, "-_" * 64])
def test_tokens(token: str) -> None:
    assert parse_token(token) == token


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a" * 21,
        "a" * 129,
        "ä" * 30,
        f"../{TOKEN}",
        f"{TOKEN}/x",
        f"{TOKEN}\n",
        f"{TOKEN}\0",
        f"{TOKEN}=",
        None,
        5,
        [TOKEN],
    ],
)
def test_tokens_that_are_not_safe(token: object) -> None:
    with pytest.raises(BadToken) as caught:
        parse_token(token)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_a_token_is_one_safe_file_name(text: str) -> None:
    try:
        token = parse_token(text)
    except BadToken:
        return
    assert token.isascii()
    assert token.replace("-", "").replace("_", "").isalnum()


def test_nonces() -> None:
    assert parse_nonce("abc-_1") == "abc-_1"
    assert [parse_nonce(bad) for bad in (None, "", "a=", "a b", "a\n", "a" * 2000)] == [None] * 6


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://acme.example/dir", "https://acme.example"),
        ("https://ACME.Example:443/dir", "https://acme.example"),
        ("https://acme.example:14000", "https://acme.example:14000"),
        ("http://acme.example:80/", "http://acme.example"),
        ("https://[2001:DB8::1]:14000/dir", "https://[2001:db8::1]:14000"),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert str(origin_of(url)) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        "ftp://a/",
        "https://",
        "https:///x",
        "https://user@a/",
        "https://u:p@a/",
        "https://a:b/",
        "https://a b/",
        "https://a/\n",
        "https://ä/",
        "javascript:alert(1)",
        "https://a:99999/",
        "https://[::1/",
        "https://a/" + "x" * 5000,
    ],
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(UnsafeUrl):
        origin_of(url)


@given(st.text(max_size=80) | st.text(max_size=40).map(lambda text: f"https://{text}"))
def test_any_text_has_an_origin_or_is_refused(url: str) -> None:
    try:
        origin_of(url)
    except UnsafeUrl:
        return


class TestTerritory:
    around = Territory.around("https://ca.example/dir")

    def test_the_directory_s_own_origin_is_allowed(self) -> None:
        assert self.around.admit("https://ca.example/x?y", "the order") == "https://ca.example/x?y"

    @pytest.mark.parametrize(
        "url", ["https://evil.example/x", "https://ca.example:444/", "https://ca.example.evil.example/"]
    )
    def test_a_foreign_origin_is_refused_by_name(self, url: str) -> None:
        with pytest.raises(UnsafeUrl, match=str(origin_of(url))) as caught:
            self.around.admit(url, "the order")
        assert f"--allow-origin {origin_of(url)}" in caught.value.remedy

    def test_http_is_refused(self) -> None:
        with pytest.raises(UnsafeUrl, match="not https"):
            self.around.admit("http://ca.example/x", "the order")
        with pytest.raises(UnsafeUrl, match="not https"):
            Territory.around("http://ca.example/dir")

    def test_http_by_choice(self) -> None:
        territory = Territory.around("http://127.0.0.1:14000/dir", allow_http=True)
        assert territory.admit("http://127.0.0.1:14000/x", "the order")

    def test_what_the_operator_allows(self) -> None:
        territory = Territory.around("https://ca.example/dir", allow_origins=["https://other.example"])
        assert territory.admit("https://other.example/x", "the order")

    def test_the_https_origins_that_the_directory_lists(self) -> None:
        wider = self.around.extended(["https://api.example/x", "http://plain.example/x"])
        assert wider.admit("https://api.example/order/1", "the order")
        with pytest.raises(UnsafeUrl):
            wider.admit("http://plain.example/", "the order")

    @pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "[::1]", "169.254.169.254", "localhost"])
    def test_a_public_directory_leads_to_no_private_address(self, host: str) -> None:
        url = f"https://{host}/ari"
        with pytest.raises(UnsafeUrl):
            self.around.extended([url]).admit(url, "the renewal information")

    def test_a_private_directory_may(self) -> None:
        territory = Territory.around("https://10.0.0.1/dir").extended(["https://10.0.0.2/x"])
        assert territory.admit("https://10.0.0.2/x", "the order")


def test_links() -> None:
    headers = [
        '<https://ca.example/dir>;rel="index", <alternate/1>; title="a, b"; rel="alternate"',
        "<https://ca.example/cert/1/alternate/2>;REL=alternate",
        '<https://ca.example/cert/1/alternate/2>;rel="alternate"',
        "<>;rel=alternate;",
        "nonsense; rel=alternate",
    ]
    assert links(headers, "alternate", base="https://ca.example/cert/1/") == (
        "https://ca.example/cert/1/alternate/1",
        "https://ca.example/cert/1/alternate/2",
        "https://ca.example/cert/1/",
    )
    assert links(headers, "up", base="https://ca.example/") == ()


@given(st.lists(st.text(alphabet='<>;,="relatnu /:h', max_size=200), max_size=3))
def test_any_link_header_is_read(headers: list[str]) -> None:
    assert isinstance(links(headers, "alternate", base="https://ca.example/"), tuple)


def test_odd_references_stay_as_they_are() -> None:
    assert resolve("https://ca.example/x", "https://[bad") == "https://[bad"


def test_media_types() -> None:
    assert media_type("Application/Problem+JSON; charset=utf-8") == "application/problem+json"
    assert media_type(None) == ""
