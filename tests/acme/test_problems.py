from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everseal.acme.problems import (
    ERROR_NAMESPACE,
    AcmeError,
    Caa,
    Compound,
    Problem,
    RateLimited,
    ServerInternal,
    UserActionRequired,
    combined,
    error_for,
    parse_problem,
    problem_without_document,
    with_context,
)
from everseal.model.names import DnsName, IpAddress

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

# RFC 8555 section 6.7.1
SUBPROBLEMS = {
    "type": f"{ERROR_NAMESPACE}malformed",
    "detail": "Some of the identifiers requested were rejected",
    "subproblems": [
        {
            "type": f"{ERROR_NAMESPACE}malformed",
            "detail": 'Invalid underscore in DNS name "_example.org"',
            "identifier": {"type": "dns", "value": "_example.org"},
        },
        {
            "type": f"{ERROR_NAMESPACE}rejectedIdentifier",
            "detail": 'This CA will not issue for "example.net"',
            "identifier": {"type": "dns", "value": "example.net"},
        },
    ],
}


def test_the_example_of_rfc_8555() -> None:
    problem = parse_problem(SUBPROBLEMS, status=403)
    assert (problem.type, problem.status) == ("malformed", 403)
    assert [str(sub.identifier) for sub in problem.subproblems] == ["_example.org", "example.net"]
    assert str(error_for(problem, context="the CA refused the order")) == (
        "the CA refused the order: malformed: Some of the identifiers requested were rejected; "
        '_example.org: malformed: Invalid underscore in DNS name "_example.org"; '
        'example.net: rejectedIdentifier: This CA will not issue for "example.net"'
    )


def test_a_long_list_of_subproblems_is_shortened_in_the_sentence_only() -> None:
    sub = {
        "type": f"{ERROR_NAMESPACE}dns",
        "detail": "no",
        "identifier": {"type": "ip", "value": "192.0.2.7"},
    }
    problem = parse_problem(
        {"type": f"{ERROR_NAMESPACE}compound", "detail": "many", "subproblems": [sub] * 30}
    )
    error = error_for(problem, context="no")
    assert isinstance(error, Compound)
    assert len(error.problem.subproblems) == 30
    assert error.problem.subproblems[0].identifier == IpAddress("192.0.2.7")
    assert str(error).endswith("and 20 more")


def test_an_identifier_outside_a_subproblem_is_ignored() -> None:
    value = {"type": "x", "detail": "d", "identifier": {"type": "dns", "value": "a.example"}}
    assert parse_problem(value).identifier is None


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (f"{ERROR_NAMESPACE}rateLimited", "rateLimited"),
        (f"{ERROR_NAMESPACE}bad type", f"{ERROR_NAMESPACE}bad type"),
        ("about:blank", ""),
        ("https://ca.example/problem", "https://ca.example/problem"),
        (None, ""),
        (7, ""),
    ],
)
def test_types(kind: object, shown: str) -> None:
    problem = parse_problem({"type": kind, "detail": "d"})
    assert problem.type == shown


def test_an_unknown_type_is_an_error_of_its_own() -> None:
    error = error_for(parse_problem({"type": f"{ERROR_NAMESPACE}brandNew", "detail": "d"}), context="no")
    assert type(error) is AcmeError
    assert error.type == "brandNew"
    assert error.remedy


def test_a_detail_is_escaped_and_bounded() -> None:
    problem = parse_problem({"detail": "\x1b[31mred\nline\u202e" + "x" * 10000})
    assert problem.detail.isprintable()
    assert len(problem.detail) == 500


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ({"title": "only a title"}, "only a title"),
        ({}, "no reason given (HTTP status 400)"),
        ([], "no reason given (HTTP status 400)"),
        ({"detail": 7}, "no reason given (HTTP status 400)"),
    ],
)
def test_what_is_missing(value: object, detail: str) -> None:
    assert parse_problem(value, status=400).detail == detail
    assert parse_problem({}).detail == "no reason given"


@pytest.mark.parametrize(
    ("status", "media_type", "error"),
    [(502, "text/html", ServerInternal), (429, "", RateLimited), (403, "text/html", AcmeError)],
)
def test_errors_without_a_document(status: int, media_type: str, error: type[AcmeError]) -> None:
    problem = problem_without_document(status, media_type)
    assert type(error_for(problem, context="no")) is error
    assert str(status) in problem.detail


def test_a_status_of_5xx_without_type_is_the_ca_s_trouble() -> None:
    assert isinstance(error_for(parse_problem({"detail": "x"}, status=503), context="no"), ServerInternal)


def test_when_to_ask_again() -> None:
    value = {
        "type": f"{ERROR_NAMESPACE}rateLimited",
        "detail": "too many certificates already issued, retry after 2026-11-25 01:02:03 UTC: see https://x",
    }
    in_text = parse_problem(value)
    assert in_text.retry_at == datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
    in_header = with_context(in_text, retry_after=60, now=NOW, help_urls=("https://ca.example/limits",))
    error = error_for(in_header, context="the CA refused the order")
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW.replace(minute=1)
    assert error.remedy == "ask again after 2026-11-24 12:01:00 UTC; see https://ca.example/limits"
    assert parse_problem({"detail": "retry after 2026-99-25 01:02:03 UTC"}).retry_at is None


def test_new_terms_name_their_page() -> None:
    value = {"type": f"{ERROR_NAMESPACE}userActionRequired", "instance": "https://ca.example/agree?x"}
    error = error_for(parse_problem(value), context="no")
    assert isinstance(error, UserActionRequired)
    assert error.remedy.endswith("nothing is agreed to for you; see https://ca.example/agree?x")
    linked = with_context(
        parse_problem({"type": f"{ERROR_NAMESPACE}agreementRequired"}),
        retry_after=None,
        now=NOW,
        terms_url="https://ca.example/terms",
    )
    assert error_for(linked, context="no").remedy.endswith("; see https://ca.example/terms")


def test_several_problems_as_one() -> None:
    caa = Problem("caa", "forbidden", identifier=DnsName("a.example"))
    dns = Problem("dns", "no address", identifier=DnsName("b.example"))
    assert combined([caa]) is caa
    assert isinstance(error_for(combined([caa, caa]), context="no"), Caa)
    both = combined([caa, dns])
    assert (both.type, both.subproblems) == ("compound", (caa, dns))


def test_algorithms_are_listed() -> None:
    value = {"type": f"{ERROR_NAMESPACE}badSignatureAlgorithm", "algorithms": ["ES256", 5, "RS256"]}
    assert parse_problem(value).algorithms == ("ES256", "RS256")


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    ["type", "detail", "title", "status", "instance", "subproblems", "algorithms", "identifier", "value"]
)


@given(
    st.recursive(
        JSON_VALUES,
        lambda inner: st.dictionaries(MEMBERS, inner | st.lists(inner, max_size=3)),
        max_leaves=12,
    ),
    st.none() | st.integers(100, 599),
)
def test_any_json_is_a_problem(value: object, status: int | None) -> None:
    error = error_for(parse_problem(value, status=status), context="the CA refused")
    assert error.message.isprintable()
    assert error.remedy
    assert len(error.problem.detail) <= 500
