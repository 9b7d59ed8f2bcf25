"""What happens to every request: nonces, repeats, refusals, redirects, headers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from everseal.acme.directory import NotAnAcmeDirectory
from everseal.acme.problems import AcmeError, BadAnswer, BadNonce, RateLimited, ServerInternal
from everseal.acme.wire import UnsafeUrl
from everseal.system.http import ConnectionBroken, ConnectionRefused, HttpResponse, NameNotResolved, TimedOut
from tests.acme.fake_ca import (
    ACCOUNT_URL,
    DIRECTORY,
    DIRECTORY_URL,
    NOON,
    ORDER_URL,
    ROOT,
    FakeCa,
    account,
    order_json,
    problem,
    reply,
)


@pytest.fixture
def ca() -> FakeCa:
    ca = FakeCa()
    ca.on(ORDER_URL, reply(200, order_json()))
    return ca


def test_nonces_are_fetched_once_and_then_come_with_the_answers(ca: FakeCa) -> None:
    client, me = ca.client(), account()
    client.order(me, ORDER_URL)
    client.order(me, ORDER_URL)
    assert ca.requests == ["GET /directory", "HEAD /nonce", "POST /order/1", "POST /order/1"]
    assert [one.nonce for one in ca.sent[2:]] == ["nonce-1", "nonce-2"]


def test_the_difference_of_the_clocks_costs_no_request(ca: FakeCa) -> None:
    client = ca.client()
    ca.on(f"{ROOT}/nonce", reply(200, Date="Tue, 24 Nov 2026 12:30:00 GMT"))
    assert client.clock_ahead() == timedelta(minutes=30)
    client.order(account(), ORDER_URL)
    assert ca.requests == ["GET /directory", "HEAD /nonce", "POST /order/1"]
    ca.on(ORDER_URL, reply(200, order_json(), Date="Tue, 24 Nov 2026 11:00:00 GMT"))
    client.order(account(), ORDER_URL)
    assert client.clock_ahead() == timedelta(hours=-1)


def test_a_date_that_a_cache_may_have_kept_or_that_is_none_says_nothing(ca: FakeCa) -> None:
    client = ca.client()
    ca.on(DIRECTORY_URL, reply(200, DIRECTORY, Date="Tue, 24 Nov 1998 12:30:00 GMT"))
    ca.on(f"{ROOT}/nonce", reply(200, Date="noon"))
    assert client.clock_ahead() is None
    assert client.clock_ahead() is None
    assert ca.requests == ["GET /directory", "HEAD /nonce"]


def test_a_ca_that_fell_silent_is_not_waited_for_again_and_again(ca: FakeCa) -> None:
    client, me = ca.client(), account()
    client.order(me, ORDER_URL)
    for url in (ORDER_URL, f"{ROOT}/nonce"):
        ca.on(url, ConnectionRefused("ca.example"))
    tries = []
    for _ in range(3):
        before = len(ca.sent)
        with pytest.raises(ConnectionRefused):
            client.order(me, ORDER_URL)
        tries.append(len(ca.sent) - before)
    assert tries == [4, 1, 1]
    ca.on(f"{ROOT}/nonce", reply(200))
    ca.on(
        ORDER_URL, reply(200, order_json()), ConnectionBroken("ca.example", "reset"), reply(200, order_json())
    )
    for _ in range(2):
        client.order(me, ORDER_URL)


def test_renewal_information_is_worth_one_request(ca: FakeCa) -> None:
    ca.on(DIRECTORY_URL, ConnectionRefused("ca.example"))
    client = ca.client()
    with pytest.raises(ConnectionRefused):
        client.offers_renewal_info()
    assert ca.requests == ["GET /directory"]
    with pytest.raises(ConnectionRefused):
        client.directory()
    assert len(ca.requests) == 5


def test_a_signed_request_has_the_form_of_rfc_8555(ca: FakeCa) -> None:
    me = account()
    ca.client().order(me, ORDER_URL)
    sent = ca.sent[-1]
    assert sent.protected == {"alg": "ES256", "nonce": "nonce-1", "url": ORDER_URL, "kid": ACCOUNT_URL}
    assert sent.raw_payload == ""
    assert sent.headers["Content-Type"] == "application/jose+json"


def test_every_request_says_who_asks_and_none_sends_a_nonce_header(ca: FakeCa) -> None:
    ca.client().order(account(), ORDER_URL)
    for sent in ca.sent:
        assert sent.headers["User-Agent"] == "everseal-test/1"
        assert sent.headers["Accept-Language"] == "en"
        assert "Replay-Nonce" not in sent.headers


def test_a_user_agent_is_one_header_whatever_it_says(ca: FakeCa) -> None:
    ca.client(user_agent="Müller\r\nX-Evil: 1").directory()
    agent = ca.sent[0].headers["User-Agent"]
    assert agent.startswith("M?ller")
    assert agent.isprintable()


def test_a_refused_nonce_is_followed_by_the_one_of_the_error(ca: FakeCa) -> None:
    refusal = problem(400, "badNonce", Replay_Nonce="fresh")
    ca.on(ORDER_URL, refusal, reply(200, order_json()))
    ca.client().order(account(), ORDER_URL)
    assert ca.requests[-2:] == ["POST /order/1", "POST /order/1"]
    assert ca.sent[-1].nonce == "fresh"
    assert [exchange.retry for exchange in ca.exchanges] == [False, False, False, True]


def test_a_refusal_without_a_nonce_fetches_one(ca: FakeCa) -> None:
    bare = problem(400, "badNonce", Replay_Nonce="not a nonce")
    ca.on(ORDER_URL, bare, reply(200, order_json()))
    ca.client().order(account(), ORDER_URL)
    assert ca.requests[-2:] == ["HEAD /nonce", "POST /order/1"]
    assert [exchange.retry for exchange in ca.exchanges[-2:]] == [True, True]


def test_a_storm_of_refused_nonces_has_an_end(ca: FakeCa) -> None:
    ca.on(ORDER_URL, problem(400, "badNonce", Replay_Nonce="again"))
    with pytest.raises(BadNonce):
        ca.client().order(account(), ORDER_URL)
    assert ca.requests.count("POST /order/1") == 10


def test_a_ca_without_nonces(ca: FakeCa) -> None:
    ca.on(f"{ROOT}/nonce", reply(200, Replay_Nonce="?"))
    with pytest.raises(BadAnswer, match="no Replay-Nonce"):
        ca.client().order(account(), ORDER_URL)


def test_old_nonces_are_not_used(ca: FakeCa) -> None:
    client, me = ca.client(), account()
    client.order(me, ORDER_URL)
    ca.clock.sleep(3600)
    client.order(me, ORDER_URL)
    assert ca.requests[-2:] == ["HEAD /nonce", "POST /order/1"]


def test_threads_never_share_a_nonce(ca: FakeCa) -> None:
    client, me = ca.client(), account()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.order(me, ORDER_URL), range(64)))
    nonces = [one.nonce for one in ca.sent if one.method == "POST"]
    assert len(nonces) == len(set(nonces)) == 64
    assert ca.requests.count("GET /directory") == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_at_the_ca_is_tried_three_times_more(ca: FakeCa, status: int) -> None:
    trouble = problem(status, "serverInternal")
    ca.on(ORDER_URL, trouble, trouble, trouble, reply(200, order_json()))
    ca.client().order(account(), ORDER_URL)
    assert ca.clock.sleeps == [0.5, 1.0, 2.0]
    ca.on(ORDER_URL, trouble)
    with pytest.raises(ServerInternal):
        ca.client().order(account(), ORDER_URL)


def test_an_html_page_is_told_as_such(ca: FakeCa) -> None:
    page = HttpResponse(502, (("Content-Type", "text/html"),), b"<html>Bad Gateway</html>")
    ca.on(ORDER_URL, page)
    with pytest.raises(ServerInternal, match="HTTP status 502 with text/html"):
        ca.client().order(account(), ORDER_URL)


def test_a_short_retry_after_is_waited_for(ca: FakeCa) -> None:
    busy = problem(503, "serverInternal", Retry_After="3")
    ca.on(ORDER_URL, busy, reply(200, order_json()))
    ca.client().order(account(), ORDER_URL)
    assert ca.clock.sleeps == [3.25]


@pytest.mark.parametrize("value", ["5", "Tue, 24 Nov 2026 13:30:05 GMT"])
def test_a_limit_that_ends_soon_is_waited_for(ca: FakeCa, value: str) -> None:
    """A date is measured on the CA's clock, not on ours, which may be wrong."""
    limited = problem(429, "rateLimited", Retry_After=value, Date="Tue, 24 Nov 2026 13:30:00 GMT")
    ca.on(ORDER_URL, limited, reply(200, order_json()))
    ca.client().order(account(), ORDER_URL)
    assert ca.clock.sleeps == [5.25]


def test_waiting_for_limits_has_an_end(ca: FakeCa) -> None:
    ca.on(ORDER_URL, problem(429, "rateLimited", Retry_After="12"))
    with pytest.raises(RateLimited):
        ca.client().order(account(), ORDER_URL)
    assert sum(ca.clock.sleeps) <= 30


def test_a_limit_that_lasts_is_told_with_its_end(ca: FakeCa) -> None:
    ca.on(
        ORDER_URL, problem(429, "rateLimited", Retry_After="3600", Link='<https://ca.example/l>;rel="help"')
    )
    with pytest.raises(RateLimited) as caught:
        ca.client().order(account(), ORDER_URL)
    assert caught.value.retry_at == NOON.replace(hour=13)
    assert "2026-11-24 13:00:00 UTC" in caught.value.remedy
    assert ca.clock.sleeps == []


def test_a_pause_without_end_is_told_at_once(ca: FakeCa) -> None:
    ca.on(ORDER_URL, problem(429, "rateLimited", "paused, see https://ca.example/unpause"))
    with pytest.raises(RateLimited, match="unpause"):
        ca.client().order(account(), ORDER_URL)
    assert ca.clock.sleeps == []


@pytest.mark.parametrize(
    "failure", [ConnectionBroken("ca.example", "reset"), ConnectionRefused("ca.example")]
)
def test_a_broken_connection_is_tried_again(
    ca: FakeCa, failure: ConnectionBroken | ConnectionRefused
) -> None:
    ca.on(ORDER_URL, failure, failure, reply(200, order_json()))
    ca.client().order(account(), ORDER_URL)
    assert ca.clock.sleeps == [0.5, 1.0]
    assert [one.status for one in ca.exchanges if one.resource == "order"] == [0, 0, 200]


def test_a_request_and_its_nonce_share_one_patience(ca: FakeCa) -> None:
    ca.on(f"{ROOT}/nonce", ConnectionRefused("ca.example"))
    with pytest.raises(ConnectionRefused):
        ca.client().order(account(), ORDER_URL)
    assert ca.clock.sleeps == [0.5, 1.0, 2.0]
    assert ca.requests.count("HEAD /nonce") == 4
    assert [one.retry for one in ca.exchanges if one.resource == "newNonce"] == [False, True, True, True]


def test_a_nonce_that_took_two_tries_makes_no_retry_of_the_request(ca: FakeCa) -> None:
    ca.on(f"{ROOT}/nonce", ConnectionBroken("ca.example", "reset"), reply(200, Replay_Nonce="first"))
    ca.client().order(account(), ORDER_URL)
    assert [one.retry for one in ca.exchanges if one.resource == "order"] == [False]


@pytest.mark.parametrize("failure", [NameNotResolved("ca.example"), TimedOut("ca.example", 60)])
def test_what_will_not_pass_is_told_at_once(ca: FakeCa, failure: NameNotResolved | TimedOut) -> None:
    ca.on(DIRECTORY_URL, failure)
    with pytest.raises(type(failure)):
        ca.client().directory()
    assert ca.requests == ["GET /directory"]


def test_a_get_follows_three_redirects_within_the_territory(ca: FakeCa) -> None:
    ca.on(DIRECTORY_URL, reply(301, Location="/a"))
    ca.on(f"{ROOT}/a", reply(307, Location=f"{ROOT}/b"))
    ca.on(f"{ROOT}/b", reply(302, Location="c"))
    ca.on(f"{ROOT}/c", reply(200, DIRECTORY))
    assert ca.client().directory().resource("newOrder") == f"{ROOT}/new-order"
    assert [one.retry for one in ca.exchanges] == [False, True, True, True]
    ca.on(f"{ROOT}/c", reply(302, Location="/a"))
    with pytest.raises(BadAnswer, match="more than 3 redirects"):
        ca.client().directory()


def test_a_redirect_elsewhere_is_refused_by_name(ca: FakeCa) -> None:
    ca.on(DIRECTORY_URL, reply(302, Location="https://evil.example/directory"))
    with pytest.raises(UnsafeUrl, match=r"https://evil\.example"):
        ca.client().directory()
    assert len(ca.sent) == 1


def test_a_redirect_without_a_target(ca: FakeCa) -> None:
    ca.on(DIRECTORY_URL, reply(302))
    with pytest.raises(BadAnswer, match="redirects to nowhere"):
        ca.client().directory()


def test_a_signed_request_follows_no_redirect(ca: FakeCa) -> None:
    ca.on(ORDER_URL, reply(302, Location=f"{ROOT}/order/2"))
    with pytest.raises(BadAnswer, match="redirects to"):
        ca.client().order(account(), ORDER_URL)
    assert "POST /order/2" not in ca.requests


@pytest.mark.parametrize("url", ["https://evil.example/order/1", "http://ca.example/order/1", "file:///x"])
def test_no_request_leaves_for_elsewhere(ca: FakeCa, url: str) -> None:
    with pytest.raises(UnsafeUrl):
        ca.client().order(account(), url)
    assert all(one.url.startswith(ROOT) for one in ca.sent)


def test_an_origin_that_the_operator_allows(ca: FakeCa) -> None:
    url = "https://other.example/order/1"
    ca.on(url, reply(200, order_json()))
    assert ca.client(allow_origins=["https://other.example"]).order(account(), url).url == url


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        (HttpResponse(200, (("Content-Type", "text/html"),), b"<html>"), "text/html"),
        (HttpResponse(200, (), b""), "nothing"),
        (HttpResponse(200, (("Content-Type", "application/json"),), b"[1]"), "no JSON object"),
        (HttpResponse(200, (("Content-Type", "application/json"),), b"{}"), "without newNonce"),
        (HttpResponse(404, (("Content-Type", "text/html"),), b"<html>"), "404 with text/html"),
        (problem(404, "malformed", "no such page"), "no such page"),
        (reply(200, {**DIRECTORY, "newOrder": "nonsense"}), "'nonsense'"),
        (HttpResponse(200, (("Content-Type", "application/json"),), b"[" * 100000), "no JSON object"),
        (HttpResponse(200, (("Content-Type", "\x1b[31m"),), b""), r"\\x1b"),
    ],
)
def test_what_is_no_directory(ca: FakeCa, answer: HttpResponse, got: str) -> None:
    ca.on(DIRECTORY_URL, answer)
    with pytest.raises(NotAnAcmeDirectory, match=f"^not an ACME directory at {DIRECTORY_URL}, got .*{got}"):
        ca.client().directory()


def test_a_directory_with_an_http_url(ca: FakeCa) -> None:
    ca.on(DIRECTORY_URL, reply(200, {**DIRECTORY, "newOrder": "http://ca.example/new-order"}))
    with pytest.raises(UnsafeUrl, match=r"newOrder is at http://ca\.example/new-order"):
        ca.client().directory()


def test_an_order_that_is_none(ca: FakeCa) -> None:
    ca.on(ORDER_URL, HttpResponse(200, (("Content-Type", "text/plain"),), b'{"status":'))
    with pytest.raises(BadAnswer, match="the CA's order cannot be used: it is no JSON object but text/plain"):
        ca.client().order(account(), ORDER_URL)


def test_an_unknown_account_is_the_ca_s_word(ca: FakeCa) -> None:
    ca.on(ORDER_URL, problem(400, "accountDoesNotExist", "unknown"))
    with pytest.raises(AcmeError, match="accountDoesNotExist: unknown"):
        ca.client().order(account(), ORDER_URL)
