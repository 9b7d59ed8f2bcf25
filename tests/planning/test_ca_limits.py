from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import everseal
from everseal.planning.ca_limits import BadLimits, read_ca_limits
from everseal.planning.limit import Limit
from everseal.settings.authorities import LETS_ENCRYPT, LETS_ENCRYPT_STAGING

SHIPPED = Path(everseal.__file__).parent / "data" / "limits"


def sample() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SHIPPED / "letsencrypt.json").read_text())
    return found


def read(value: object) -> None:
    read_ca_limits(json.dumps(value).encode(), path="x.json")


@pytest.mark.parametrize("path", sorted(SHIPPED.iterdir()), ids=lambda path: path.name)
def test_what_is_shipped_can_be_read(path: Path) -> None:
    limits = read_ca_limits(path.read_bytes(), path=str(path))
    assert limits.source.startswith("https://")
    assert limits.date >= date(2026, 8, 5)


def test_lets_encrypts_limits() -> None:
    known: dict[str, dict[str, Limit]] = {}
    for path in SHIPPED.iterdir():
        limits = read_ca_limits(path.read_bytes(), path=str(path))
        known |= {url: {each.id: each for each in limits.limits} for url in limits.directories}
    live, staging = known[LETS_ENCRYPT], known[LETS_ENCRYPT_STAGING]
    assert {name: (each.capacity, each.refill) for name, each in live.items()} == {
        "new-accounts": (10, timedelta(minutes=18)),
        "new-orders": (300, timedelta(seconds=36)),
        "certificates-per-set": (5, timedelta(hours=33.6)),
        "certificates-per-domain": (50, timedelta(minutes=201.6)),
        "failed-validations": (5, timedelta(minutes=12)),
        "failures-in-a-row": (1152, timedelta(days=1)),
    }
    assert staging["failures-in-a-row"].refill == timedelta(hours=6)
    assert live.keys() == staging.keys()
    assert all(staging[name].capacity > each.capacity for name, each in live.items())


def changed(**members: Any) -> dict[str, Any]:
    return {**sample(), **members}


def with_limit(**members: Any) -> dict[str, Any]:
    found = sample()
    found["limits"] = [{**found["limits"][1], **members}]
    return found


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([], "it is no JSON object"),
        (changed(schema="other"), "does not begin with schema"),
        (changed(schema_version=2), "does not begin with schema"),
        (changed(name=""), "name is not a text"),
        (changed(directories=[]), "names no directory"),
        (changed(directories="https://x"), "directories is not a list"),
        (changed(date="yesterday"), "date is not a day"),
        (changed(backdate="1 year"), "backdate is not a span"),
        (changed(limits=[]), "limits is not a list of limits"),
        (changed(limits=sample()["limits"] * 2), "several limits with the id"),
        (changed(lmits=[]), "lmits is unknown"),
        (with_limit(id="New Orders"), "limit 1: id is not a word"),
        (with_limit(counts="renewals"), "counts is not one of orders"),
        (with_limit(counts=["orders"]), "counts is not one of orders"),
        (with_limit(per="account"), "per is not a list"),
        (with_limit(per=["realm"]), "per is not one of account"),
        (with_limit(per=[]), "for whom"),
        (with_limit(per=["identifier"]), "only failures are counted per identifier"),
        (with_limit(per=["domain"]), "orders are counted per account"),
        (with_limit(counts="certificates", per=["address"]), "only accounts are counted per address"),
        (with_limit(counts="accounts", per=["address", "account"]), "accounts are counted per address"),
        (with_limit(counts="certificates", per=["set", "set"]), "per names something twice"),
        (with_limit(counts="failures"), "failures are counted per account and identifier"),
        (with_limit(pauses=True), "only failures"),
        (with_limit(capacity=0), "capacity is not a whole number"),
        (with_limit(capacity=True), "capacity is not a whole number"),
        (with_limit(period="0 days"), "period is not a span"),
        (with_limit(period=3), "period is not a span"),
        (with_limit(period="41 days"), "longer than the 40 days"),
        (with_limit(exempt=["all"]), "exempt is not one of ari"),
        (with_limit(reset_by_success="yes"), "reset_by_success is not true or false"),
        (with_limit(burst=3), "burst is unknown"),
    ],
)
def test_what_cannot_be_used_is_said(value: object, why: str) -> None:
    with pytest.raises(BadLimits) as caught:
        read(value)
    assert why in caught.value.message
    assert "x.json" in caught.value.message


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_said(data: bytes) -> None:
    with pytest.raises(BadLimits):
        read_ca_limits(data, path="x.json")


def test_a_missing_member_is_named() -> None:
    found = sample()
    del found["limits"][0]["period"]
    with pytest.raises(BadLimits, match="limit 1: period is missing"):
        read(found)
