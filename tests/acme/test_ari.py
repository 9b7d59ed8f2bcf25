"""Renewal information: RFC 9773's identifier, the window, the instant in it, when to ask again."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.acme.ari import (
    LONGEST_RETRY,
    SHORTEST_RETRY,
    Window,
    certificate_id,
    clamp_retry,
)
from everseal.acme.directory import Unsupported
from everseal.acme.problems import BadAnswer
from everseal.model.certificate import read_certificate
from tests.acme.certificates import make_chain
from tests.acme.fake_ca import DIRECTORY, DIRECTORY_URL, ROOT, FakeCa, reply

START = datetime(2026, 12, 30, 4, 0, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=2))
FACTS = dataclasses.replace(
    read_certificate(make_chain("Fake Root")),
    authority_key_id=bytes.fromhex("69885b6b87464041e1b37b847ba0ae2cde01c8d4"),
    serial_octets=bytes.fromhex("0087654321"),
)
ID = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"  # RFC 9773 section 4.1
URL = f"{ROOT}/ari/{ID}"


def test_the_identifier_of_rfc_9773() -> None:
    assert certificate_id(FACTS) == ID


@pytest.mark.parametrize("missing", [None, b""])
def test_a_certificate_without_issuer_key(missing: bytes | None) -> None:
    facts = dataclasses.replace(FACTS, authority_key_id=missing)
    assert certificate_id(facts) is None


@given(st.none() | st.floats(0, 1e9))
def test_asking_again_is_never_too_soon_nor_too_late(seconds: float | None) -> None:
    assert SHORTEST_RETRY <= clamp_retry(seconds) <= LONGEST_RETRY


def info(start: object = "2026-12-30T04:00:00Z", end: object = "2027-01-01T04:00:00Z", **more: Any) -> object:
    return {"suggestedWindow": {"start": start, "end": end}, **more}


def ask(ca: FakeCa, body: object, **headers: str) -> Any:
    ca.on(URL, reply(200, body, **headers))
    return ca.client().renewal_info(ID, not_after=FACTS.not_after)


def test_the_window_and_its_explanation() -> None:
    ca = FakeCa()
    found = ask(ca, info(explanationURL="https://ca.example/why"), Retry_After="21600")
    assert found.window == WINDOW
    assert (found.explanation_url, found.retry_after) == ("https://ca.example/why", timedelta(hours=6))
    assert ca.requests == ["GET /directory", f"GET /ari/{ID}"]


@pytest.mark.parametrize(
    ("header", "again"),
    [
        ({}, timedelta(hours=6)),
        ({"Retry_After": "1"}, SHORTEST_RETRY),
        ({"Retry_After": "999999"}, LONGEST_RETRY),
    ],
)
def test_when_to_ask_again(header: dict[str, str], again: timedelta) -> None:
    assert ask(FakeCa(), info(), **header).retry_after == again


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"suggestedWindow": None},
        info(start=None),
        info(end="tomorrow"),
        info(start="2027-01-01T04:00:00Z"),
        info(start="2027-01-02T04:00:00Z"),
        info(start="2028-01-01T00:00:00Z", end="2028-01-02T00:00:00Z"),
    ],
)
def test_a_window_that_says_nothing(body: object) -> None:
    with pytest.raises(BadAnswer, match="the CA's renewal information cannot be used"):
        ask(FakeCa(), body)


def test_a_ca_without_renewal_information() -> None:
    ca = FakeCa()
    ca.on(DIRECTORY_URL, reply(200, {k: v for k, v in DIRECTORY.items() if k != "renewalInfo"}))
    with pytest.raises(Unsupported):
        ca.client().renewal_info(ID, not_after=FACTS.not_after)
