"""How certificates stand, word for word; every concern there is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from everseal.model.names import CertificateName
from everseal.model.pending import OwedHook
from everseal.planning.due import RenewalFacts, RenewalPolicy, Validity
from everseal.planning.reasons import AutorenewOff, BackingOff, LifetimePassed, NotYet
from everseal.planning.setback import Setback
from everseal.planning.standing import (
    Broken,
    Concern,
    Expired,
    HookOwed,
    Kept,
    Lost,
    NoTimer,
    OrdersFail,
    Overdue,
    Survey,
    concerns_of,
)
from everseal.reports.prometheus import RunFigures, render_metrics
from everseal.reports.status import render_status, status_as_json
from tests.documents import check
from tests.golden.compare import HERE, assert_golden
from tests.planning.samples import END, NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIFETIME = timedelta(days=90)


def kept(name: str, *more: str, concerns: tuple[Concern, ...] = ()) -> Kept:
    return Kept(
        name=CertificateName(name),
        names=(name, *more),
        issuer="R11",
        server="https://ca.example/directory",
        version=3,
        issued=END - LIFETIME,
        not_after=END,
        reason=NotYet(NOW + DAY, "ari", END, (NOW, NOW + 2 * DAY)),
        renew_at=NOW + DAY,
        window=(NOW, NOW + 2 * DAY),
        setback=None,
        concerns=concerns,
    )


def concerns() -> tuple[Concern, ...]:
    return (
        Expired(NOW - HOUR),
        Overdue(NOW - 2 * DAY),
        OrdersFail(3, NOW + HOUR, 'the CA refused the order: "dns: no\x1b[2J such name"'),
        HookOwed("deploy", "systemctl reload nginx", 5),
        HookOwed("export", "pem:/etc/x", 1),
        Broken("the certificate a.example is damaged: cert.pem is no link", "run `renew`"),
        NoTimer("no timer is enabled", "install a timer"),
    )


def troubled() -> Survey:
    failing = Setback(3, NOW - HOUR, NOW + HOUR, 7, "the CA refused the order")
    short = kept("short.example")
    return Survey(
        NOW,
        (
            *(kept(f"{n}-{each.code}.example", concerns=(each,)) for n, each in enumerate(concerns()[:5])),
            replace(
                kept("waits.example", concerns=(concerns()[2],)),
                setback=failing,
                reason=BackingOff(NOW + HOUR, 3),
            ),
            replace(kept("due.example"), reason=LifetimePassed(NOW - HOUR, 1 / 3), renew_at=NOW - HOUR),
            replace(kept("by-hand.example"), reason=AutorenewOff(), renew_at=None, window=None),
            replace(short, issued=NOW - DAY, not_after=NOW + 5 * DAY, renew_at=NOW + 3 * DAY),
            Lost(CertificateName("lost.example"), "/etc/le/renewal/lost.example.conf", (concerns()[5],)),
        ),
        (HookOwed("post", "systemctl start nginx", 2), concerns()[6]),
    )


def surveys() -> dict[str, Survey]:
    long_name = "a-very-long-name-indeed.of-a-department.in-a-large-company.example"
    return {
        "empty": Survey(NOW, ()),
        "well": Survey(NOW, (kept("a.example"), kept("b.example", "www.b.example", "192.0.2.7"))),
        "long": Survey(
            NOW, (kept(long_name), replace(kept("b.example"), issuer="An Issuer With A Long Name"))
        ),
        "troubled": troubled(),
    }


def text_of(survey: Survey, width: int = 80) -> str:
    lines = ["".join(text for text, _ in line).rstrip() for line in render_status(survey, width=width)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", sorted(surveys()))
def test_every_kind_of_survey(name: str) -> None:
    survey = surveys()[name]
    assert_golden(f"status/{name}.txt", text_of(survey))
    document = status_as_json(survey)
    assert_golden(f"status/{name}.json", json.dumps(document, indent=2) + "\n")
    check(json.loads(json.dumps(document)), "everseal.status")


def test_the_metrics() -> None:
    run = RunFigures(NOW, 12.5, 1, {"saved": 2, "failed": 1})
    assert_golden("status/troubled.prom", render_metrics(troubled(), seconds=0.25, run=run))


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in (HERE / "status").iterdir()} == set(surveys())


def test_every_concern_is_in_a_golden_file() -> None:
    assert {type(each) for each in concerns()} == set(get_args(Concern))
    assert {each.code for each in concerns()} == {kind.code for kind in get_args(Concern)}


@pytest.mark.parametrize("width", [80, 60, 120])
def test_the_table_fits(width: int) -> None:
    table = text_of(surveys()["long"], width).splitlines()[2:5]
    assert max(map(len, table)) <= width


def test_labels_are_escaped() -> None:
    odd = replace(kept("a.example"), name=CertificateName('a"\\b'))
    assert '{name="a\\"\\\\b"}' in render_metrics(Survey(NOW, (odd,)), seconds=0)


class TestConcerns:
    FACTS = RenewalFacts(Validity(NOW, NOW + LIFETIME))
    LATEST = NOW + LIFETIME * 2 / 3

    USUAL = RenewalPolicy()

    def codes(self, policy: RenewalPolicy = USUAL, *, after: timedelta) -> list[str]:
        found = concerns_of(self.FACTS, policy, None, (), now=self.LATEST + after)
        return [each.code for each in found]

    def test_two_more_runs_have_the_chance(self) -> None:
        assert self.codes(after=timedelta()) == []
        assert self.codes(after=23 * HOUR) == []
        assert self.codes(after=24 * HOUR) == ["overdue"]

    def test_what_is_not_renewed_is_not_overdue_but_expires(self) -> None:
        off = RenewalPolicy(autorenew=False)
        assert self.codes(off, after=2 * DAY) == []
        assert self.codes(off, after=LIFETIME / 3) == ["expired"]

    def test_a_hook_without_an_attempt_is_somebody_elses(self) -> None:
        fresh, tried = OwedHook("deploy", "true"), OwedHook("deploy", "false", attempts=1)
        found = concerns_of(self.FACTS, RenewalPolicy(), None, (fresh, tried), now=NOW)
        assert found == (HookOwed("deploy", "false", 1),)
