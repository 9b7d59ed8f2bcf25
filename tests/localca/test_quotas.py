"""The built-in CA's limits, one by one, with Let's Encrypt's numbers and words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import everseal
from everseal.localca.clocks import VirtualClock
from everseal.localca.profiles import usual_profiles
from everseal.localca.server import CaServer
from everseal.model.certificate import read_certificate
from everseal.planning.ca_limits import read_ca_limits
from everseal.planning.limits import CaLimits
from tests.acme.identifiers import cert_id
from tests.localca.conftest import Connect, StartCa
from tests.localca.raw import RawClient, Reply, Responder

FILE = Path(everseal.__file__).parent / "data" / "limits" / "letsencrypt.json"
LIMITS = read_ca_limits(FILE.read_bytes(), path=str(FILE))


@pytest.fixture
def clock() -> VirtualClock:
    """Stands still between the moves: what takes place in between takes no time."""
    return VirtualClock(datetime.now(UTC).replace(microsecond=0))


def smaller(**capacities: int) -> CaLimits:
    """The same limits with other capacities, refilled at the same pace."""
    limits = tuple(
        replace(each, capacity=new, period=each.refill * new)
        if (new := capacities.get(each.id.replace("-", "_")))
        else each
        for each in LIMITS.limits
    )
    return replace(LIMITS, limits=limits)


@pytest.fixture
def limited(start_ca: StartCa) -> CaServer:
    return start_ca(
        limits=smaller(new_orders=20, certificates_per_domain=4, failures_in_a_row=3), at_once=True
    )


@pytest.fixture
def member(limited: CaServer, connect: Connect) -> RawClient:
    client = connect(limited)
    client.register()
    return client


def fail(member: RawClient, name: str) -> Reply:
    """An order whose name cannot be verified."""
    order = member.order(name)
    if order.status == 201:
        for url in order.json()["authorizations"]:
            member.post(member.challenge(url)["url"], {})
    return order


def refused(reply: Reply) -> tuple[str, int]:
    """The text up to the time, and the seconds to wait, which the text says too."""
    assert reply.status == 429
    assert reply.problem == "rateLimited"
    assert reply.links("help") == ["https://letsencrypt.org/docs/rate-limits/"]
    seconds = int(str(reply.header("Retry-After")))
    detail = str(reply.json()["detail"])
    found = re.fullmatch(
        r"(.*), retry after (.{19}) UTC: see https://letsencrypt.org/docs/rate-limits/", detail
    )
    assert found
    return found[1], seconds


def test_a_set_of_names(member: RawClient, responder: Responder, clock: VirtualClock) -> None:
    for _ in range(5):
        member.obtain(responder, "one.test", "www.one.test")
    text, seconds = refused(member.order("www.one.test", "one.test"))
    assert (
        text
        == "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s"
    )
    assert seconds == 7 * 86400 / 5
    assert member.order("one.test").status == 201, "another set"
    clock.sleep(seconds - 1)
    assert member.order("www.one.test", "one.test").status == 429
    clock.sleep(1)
    assert member.order("www.one.test", "one.test").status == 201


def test_the_seconds_to_wait_end_no_sooner_than_the_text_says(
    member: RawClient, responder: Responder, clock: VirtualClock
) -> None:
    for _ in range(5):
        member.obtain(responder, "one.test")
    clock.sleep(0.25)
    reply = member.order("one.test")
    _, seconds = refused(reply)
    told = re.search(r"retry after (.{19}) UTC", str(reply.json()["detail"]))
    assert told
    assert clock.now() + timedelta(seconds=seconds) >= datetime.fromisoformat(f"{told[1]}+00:00")


def test_a_registered_domain_for_all_accounts(
    limited: CaServer, member: RawClient, connect: Connect, responder: Responder
) -> None:
    for number in range(4):
        member.obtain(responder, f"n{number}.one.test")
    other = connect(limited)
    other.register()
    text, seconds = refused(other.order("n5.one.test"))
    assert text == 'too many certificates (4) already issued for "one.test" in the last 13h26m24s'
    assert seconds == 12096
    assert other.order("two.test").status == 201
    member.obtain(responder, "n1.one.test")
    assert refused(other.order("n5.one.test"))[1] == 12096, "a renewal takes nothing"


def test_orders_of_an_account(
    limited: CaServer, member: RawClient, connect: Connect, responder: Responder
) -> None:
    member.obtain(responder, "old.test")
    for number in range(19):
        assert member.order(f"n{number}.test").status == 201
    text, seconds = refused(member.order("next.test"))
    assert text == "too many new orders (20) from this account in the last 0h12m0s"
    assert seconds == 36
    assert member.order("old.test").status == 201, "renewals are exempt"
    other = connect(limited)
    other.register()
    assert other.order("next.test").status == 201


def test_failed_validations(start_ca: StartCa, connect: Connect, clock: VirtualClock) -> None:
    member = connect(start_ca(limits=LIMITS, at_once=True))
    member.register()
    for _ in range(5):
        assert fail(member, "one.test").status == 201
    text, seconds = refused(member.order("one.test", "two.test"))
    assert text == 'too many failed authorizations (5) for "one.test" in the last 1h0m0s'
    assert seconds == 720
    assert member.order("two.test").status == 201
    clock.sleep(720)
    assert member.order("one.test").status == 201


def test_a_name_is_paused_and_the_pause_is_lifted(
    limited: CaServer, member: RawClient, connect: Connect, responder: Responder, clock: VirtualClock
) -> None:
    for _ in range(4):
        assert fail(member, "one.test").status == 201
        clock.sleep(3600)
    reply = member.order("two.test", "one.test")
    assert (reply.status, reply.problem, reply.header("Retry-After")) == (429, "rateLimited", None)
    found = re.fullmatch(
        r"Your account is temporarily prevented from requesting certificates for one\.test and possibly "
        r"others\. Please visit: (http\S+/unpause/\S+)",
        str(reply.json()["detail"]),
    )
    assert found
    clock.sleep(30 * 86400)
    assert member.order("one.test").status == 429, "waiting does not help"
    other = connect(limited)
    other.register()
    assert other.order("one.test").status == 201, "the pause is the account's"
    assert member.get(found[1]).body == b"Certificates may be requested again for one.test.\n"
    assert member.get(found[1]).status == 404
    member.obtain(responder, "one.test")


def test_a_success_ends_a_row_of_failures(
    member: RawClient, responder: Responder, clock: VirtualClock
) -> None:
    for _ in range(3):
        for _ in range(3):
            assert fail(member, "one.test").status == 201
            clock.sleep(3600)
        member.obtain(responder, "one.test")
        clock.sleep(4 * 86400)
    assert member.order("one.test").status == 201


def test_new_accounts_of_an_address(limited: CaServer, connect: Connect, clock: VirtualClock) -> None:
    for _ in range(10):
        assert connect(limited).register().status == 201
    late = connect(limited)
    text, seconds = refused(late.register())
    assert text == "too many new registrations (10) from this IP address in the last 3h0m0s"
    assert seconds == 1080
    clock.sleep(1080)
    assert late.register().status == 201


def test_a_replacement_in_its_window_is_not_limited(
    start_ca: StartCa, connect: Connect, responder: Responder, clock: VirtualClock
) -> None:
    limits = smaller(new_orders=1, certificates_per_set=1)
    member = connect(start_ca(limits=limits, at_once=True, profiles=usual_profiles(timedelta(days=1))))
    got = member.obtain(responder, "one.test")
    replaces = cert_id(read_certificate(got.body))
    early = member.order("one.test", replaces=replaces)
    assert early.status == 429
    clock.sleep(3600 * 11)
    assert member.order("one.test").status == 429
    assert member.order("one.test", replaces=replaces).status == 201


def test_a_limit_that_exempts_nobody_asks_a_replacement_too(
    start_ca: StartCa, connect: Connect, responder: Responder, clock: VirtualClock
) -> None:
    for_all = [replace(each, exempt=frozenset(), capacity=1) for each in LIMITS.limits if "set" in each.per]
    limits = replace(LIMITS, limits=tuple(for_all))
    member = connect(start_ca(limits=limits, at_once=True, profiles=usual_profiles(timedelta(days=1))))
    got = member.obtain(responder, "one.test")
    clock.sleep(3600 * 11)
    assert member.order("one.test", replaces=cert_id(read_certificate(got.body))).status == 429


def test_an_order_that_is_refused_costs_nothing(
    member: RawClient, responder: Responder, clock: VirtualClock
) -> None:
    for _ in range(5):
        member.obtain(responder, "one.test")
    for _ in range(30):
        assert member.order("one.test").status == 429
    assert member.order("two.test").status == 201
    clock.sleep(7 * 86400 / 5)
    assert member.order("one.test").status == 201


def test_without_limits_nobody_is_limited(start_ca: StartCa, connect: Connect, responder: Responder) -> None:
    member = connect(start_ca(at_once=True))
    for _ in range(8):
        member.obtain(responder, "one.test")
