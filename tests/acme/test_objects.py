"""Whatever JSON a CA sends is either understood or refused with one error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everseal.acme.answer import Answer, read_answer
from everseal.acme.ari import parse_renewal_info
from everseal.acme.directory import parse_directory
from everseal.acme.objects import parse_account, parse_authorization, parse_challenge, parse_order
from everseal.acme.problems import BadAnswer
from everseal.acme.wire import Territory
from everseal.model.errors import OperatorError
from everseal.model.keys import EcdsaKind
from everseal.model.private_key import PrivateKey
from everseal.system.http import HttpResponse
from tests.acme.fake_ca import DIRECTORY, DIRECTORY_URL, ROOT, order_json

KEY = PrivateKey.generate(EcdsaKind())
CHALLENGE: dict[str, object] = {
    "type": "http-01",
    "url": f"{ROOT}/challenge/1",
    "status": "invalid",
    "token": "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
    "error": {"type": "urn:ietf:params:acme:error:dns", "detail": "d", "subproblems": [{"detail": "x"}]},
}
SAMPLES: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], object]]] = {
    "order": (
        order_json(
            "valid",
            certificate=f"{ROOT}/cert/1",
            expires="2026-12-01T00:00:00Z",
            error={"detail": "x"},
            profile="classic",
            replaces="a.b",
        ),
        lambda members: parse_order(Answer(members, "c"), f"{ROOT}/order/1"),
    ),
    "authorization": (
        {
            "identifier": {"type": "dns", "value": "example.com"},
            "status": "pending",
            "wildcard": True,
            "expires": "2026-12-01T00:00:00Z",
            "challenges": [CHALLENGE, {**CHALLENGE, "type": "dns-persist-01", "token": None}],
        },
        lambda members: parse_authorization(Answer(members, "c"), f"{ROOT}/authz/1"),
    ),
    "challenge": (CHALLENGE, lambda members: parse_challenge(Answer(members, "c"))),
    "account": (
        {"status": "valid", "contact": ["mailto:a@b.c"], "termsOfServiceAgreed": True, "orders": f"{ROOT}/o"},
        lambda members: parse_account(Answer(members, "c"), f"{ROOT}/account/1", KEY),
    ),
    "directory": (
        DIRECTORY,
        lambda members: parse_directory(members, DIRECTORY_URL, Territory.around(DIRECTORY_URL)),
    ),
    "renewal information": (
        {
            "suggestedWindow": {"start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"},
            "explanationURL": "https://ca.example/why",
        },
        lambda members: parse_renewal_info(Answer(members, "c"), retry_after=None),
    ),
}
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["valid", "http://ca.example/", "https://[", "\x1b[31m", "../x", "2026-99-99T00:00:00Z"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_itself_is_understood(name: str) -> None:
    members, parse = SAMPLES[name]
    assert parse({**members, "unknown member": {"a": [1]}})


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_change_is_understood_or_refused(name: str, data: st.DataObject) -> None:
    members, parse = SAMPLES[name]
    changed = json.loads(json.dumps(members))
    for _ in range(data.draw(st.integers(1, 3))):
        _change(changed, data)
    assert _refusal(parse, changed).isprintable()


def _refusal(parse: Callable[[dict[str, Any]], object], members: dict[str, Any]) -> str:
    """The message; empty where the members are understood."""
    try:
        parse(members)
    except OperatorError as error:
        return error.message
    return ""


def _change(members: dict[str, Any], data: st.DataObject) -> None:
    """Put something else somewhere in the tree."""
    if not members:
        return
    key = data.draw(st.sampled_from(sorted(members)))
    inner = members[key]
    if isinstance(inner, dict) and data.draw(st.booleans()):
        _change(inner, data)
    elif isinstance(inner, list) and inner and isinstance(inner[0], dict) and data.draw(st.booleans()):
        _change(inner[0], data)
    elif data.draw(st.booleans()):
        members[key] = data.draw(VALUES)
    else:
        del members[key]


def test_a_body_of_very_many_parts_is_refused() -> None:
    response = HttpResponse(200, (), b'{"a":[' + b"{}," * 60_000 + b"{}]}")
    with pytest.raises(BadAnswer):
        read_answer(response, context="the answer", url=ROOT)


@given(st.binary(max_size=200))
def test_any_body_is_an_object_or_refused(body: bytes) -> None:
    response = HttpResponse(200, (("Content-Type", "application/json"),), body)
    try:
        read_answer(response, context="the answer", url=ROOT)
    except OperatorError:
        return
