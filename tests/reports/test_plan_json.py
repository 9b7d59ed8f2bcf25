from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from everseal.model.epoch import stamp
from everseal.planning.reasons import NearExpiry, NotYet
from everseal.reports.plan_json import plan_as_json, reason_as_json
from tests.golden.compare import assert_golden
from tests.planning.samples import END, NOW, due_reasons, not_due_reasons, plans


@pytest.mark.parametrize("name", sorted(plans()))
def test_every_kind_of_plan(name: str) -> None:
    assert_golden(f"plans/{name}.json", json.dumps(plan_as_json(plans()[name]), indent=2) + "\n")


def test_a_reason_has_code_sentence_and_facts() -> None:
    assert reason_as_json(NearExpiry(NOW, timedelta(days=30))) == {
        "code": "renew-before-expiry",
        "sentence": NearExpiry(NOW, timedelta(days=30)).sentence,
        "renew_at": "2026-11-24T12:00:00Z",
        "before_seconds": 2592000,
    }
    window = reason_as_json(NotYet(NOW, "ari", END, (NOW, END)))["window"]
    assert window == ["2026-11-24T12:00:00Z", "2026-12-19T12:00:00Z"]


def test_codes_differ() -> None:
    codes = {type(each): each.code for each in (*due_reasons(), *not_due_reasons())}
    assert len(set(codes.values())) == len(codes)


def test_moments_are_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert stamp(datetime(2026, 11, 24, 14, 0, 0, 5, tzinfo=east)) == "2026-11-24T12:00:00Z"
