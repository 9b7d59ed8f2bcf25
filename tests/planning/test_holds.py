from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import everseal
from everseal.planning.ca_limits import read_ca_limits
from everseal.planning.holds import holds_for
from everseal.planning.limit import Subject
from everseal.planning.limits import OrderAhead, set_id
from everseal.planning.refusals import CaSaid, Hold
from tests.planning.samples import NOW, SERVER, names

HOUR = timedelta(hours=1)
FILE = Path(everseal.__file__).parent / "data" / "limits" / "letsencrypt.json"
LIMITS = read_ca_limits(FILE.read_bytes(), path=str(FILE))
ACCOUNT = f"{SERVER}/acct/1"
ORDER = OrderAhead(
    SERVER, ACCOUNT, names("www.example.com", "example.net"), domains=("example.com", "example.net")
)
SET = set_id(ORDER.identifiers)
SEE = "retry after 2026-11-24 14:00:00 UTC: see https://letsencrypt.org/docs/rate-limits/"


def held(detail: str, order: OrderAhead = ORDER) -> list[tuple[object, object, str | None]]:
    said = CaSaid("rateLimited", detail, NOW + 2 * HOUR)
    found = holds_for(order, said, LIMITS, now=NOW)
    assert all(hold.until == NOW + 2 * HOUR and hold.detail == detail for hold in found)
    return [(hold.per, hold.subject, hold.limit) for hold in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "too many new orders (300) from this account in the last 3h0m0s",
            [(("account",), (ACCOUNT,), "new-orders")],
        ),
        (
            "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s",
            [(("set",), (SET,), "certificates-per-set")],
        ),
        (
            'too many certificates (50) already issued for "example.net" in the last 168h0m0s',
            [(("domain",), ("example.net",), "certificates-per-domain")],
        ),
        (
            'too many failed authorizations (5) for "www.example.com" in the last 1h0m0s',
            [(("account", "identifier"), (ACCOUNT, "www.example.com"), "failed-validations")],
        ),
        ("slow down", [(("account", "set"), (ACCOUNT, SET), None)]),
    ],
)
def test_lets_encrypts_texts_say_whom_they_concern(text: str, expected: list[object]) -> None:
    assert held(f"{text}, {SEE}") == expected


@pytest.mark.parametrize(
    ("per", "subject", "label", "expected"),
    [
        ((), (), "", "the CA refused at"),
        (("account",), (ACCOUNT,), "", "the CA refused orders of this account at"),
        (("address",), ("",), "", "the CA refused new accounts from this address at"),
        (("domain",), ("example.net",), "", "the CA refused orders for example.net at"),
        (("account", "set"), (ACCOUNT, SET), "a.test", "the CA refused orders for exactly a.test at"),
    ],
)
def test_a_wait_says_whom_it_is_about(
    per: tuple[Subject, ...], subject: tuple[str, ...], label: str, expected: str
) -> None:
    hold = Hold(per, subject, NOW, NOW + HOUR, "no", label=label)
    assert hold.refusal.sentence.startswith(expected)
    assert hold.refusal.sentence.endswith(
        f"does not want to be asked{' for them' if per else ''} before 2026-11-24 13:00:00 UTC: no"
    )


def test_a_text_that_names_nobody_concerns_all() -> None:
    assert held("too many failed authorizations recently") == [
        (("account", "identifier"), (ACCOUNT, each.value), "failed-validations") for each in ORDER.identifiers
    ]


def test_a_refused_registration_concerns_other_registrations() -> None:
    order = replace(ORDER, account=None)
    text = "too many new registrations (10) from this IP address in the last 3h0m0s"
    assert held(text, order) == [(("address",), ("",), "new-accounts")]
    assert held("no", order) == [(("address",), ("",), None)]


def test_a_ca_that_wants_quiet_gets_it() -> None:
    said = CaSaid("serverInternal", "busy", NOW + HOUR, unavailable=True)
    assert holds_for(ORDER, said, None, now=NOW) == (Hold((), (), NOW, NOW + HOUR, "busy"),)


@pytest.mark.parametrize(
    "said",
    [
        CaSaid("rateLimited", "slow down"),
        CaSaid("rateLimited", "see https://ca.example/limits"),
        CaSaid("rateLimited", "long ago", NOW - HOUR),
        CaSaid("malformed", "what?", NOW + HOUR),
        CaSaid("serverInternal", "busy", unavailable=True),
        CaSaid("unauthorized", "see https://ca.example/unpause"),
    ],
)
def test_nothing_is_remembered_without_a_time(said: CaSaid) -> None:
    assert holds_for(ORDER, said, LIMITS, now=NOW) == ()


def test_a_ca_that_wants_a_year_is_not_believed() -> None:
    said = CaSaid("rateLimited", "no", NOW + timedelta(days=365))
    assert [hold.until for hold in holds_for(ORDER, said, LIMITS, now=NOW)] == [NOW + timedelta(days=7)]


def test_paused_names_wait_for_a_person() -> None:
    url = "https://portal.letsencrypt.org/sfe/v1/unpause?jwt=abc.def-ghi"
    detail = (
        "Your account is temporarily prevented from requesting certificates for www.example.com and possibly "
        f"others. Please visit: {url}"
    )
    expected = Hold(("account", "identifier"), (ACCOUNT, "www.example.com"), NOW, None, detail, url=url)
    assert holds_for(ORDER, CaSaid("rateLimited", detail), LIMITS, now=NOW) == (expected,)
    unnamed = holds_for(ORDER, CaSaid("rateLimited", f"paused, visit {url}."), None, now=NOW)
    assert [(hold.subject[1], hold.url) for hold in unnamed] == [
        ("www.example.com", url),
        ("example.net", url),
    ]
