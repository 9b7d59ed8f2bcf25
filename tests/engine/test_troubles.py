"""Which failures lead to another CA, and which would be the same there."""

from __future__ import annotations

import pytest

from everseal.acme.directory import NotAnAcmeDirectory
from everseal.acme.orders import UNVERIFIED
from everseal.acme.polling import IssuanceTimeout
from everseal.acme.problems import Problem, combined, error_for
from everseal.engine.account import EabRequired, RegistrationFailed, TermsNotAgreed
from everseal.engine.troubles import trouble_of
from everseal.model.errors import OperatorError, PortBusy, SolverFailed, StoreUnusable, Unsound
from everseal.system.http import BadUrl, ConnectionRefused, NameNotResolved, TimedOut, TlsFailed


def said(kind: str, status: int = 400, context: str = "the CA refused the order") -> OperatorError:
    return error_for(Problem(kind, "because", status), context=context)


def proving(*kinds: str) -> OperatorError:
    return said_of([Problem(kind, "because") for kind in kinds])


def said_of(problems: list[Problem]) -> OperatorError:
    return error_for(combined(problems), context=UNVERIFIED)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("down", TimedOut("ca.example", 60)),
        ("down", ConnectionRefused("ca.example")),
        ("down", NameNotResolved("ca.example")),
        ("down", TlsFailed("ca.example", "expired", remedy="x")),
        ("down", NotAnAcmeDirectory("https://ca.example", "text/html")),
        ("down", IssuanceTimeout("https://ca.example/order", "processing")),
        ("down", Unsound("bad", remedy="x")),
        ("down", said("serverInternal", 500)),
        ("down", said("", 502)),
        ("down", said("badNonce")),
        ("down", proving("serverInternal")),
        ("limits", said("rateLimited", 429)),
        ("limits", RegistrationFailed("x", remedy="x", problem=Problem("rateLimited", "x"))),
        ("refusal", said("rejectedIdentifier")),
        ("refusal", said("unsupportedIdentifier")),
        ("refusal", said("caa", 403)),
        ("refusal", said("unauthorized", 403)),
        ("refusal", said("accountDoesNotExist")),
        ("refusal", said("userActionRequired", 403)),
        ("refusal", proving("caa")),
        ("refusal", proving("caa", "rejectedIdentifier")),
        (None, BadUrl("x")),
        (None, proving("unauthorized")),
        (None, proving("connection")),
        (None, proving("dns")),
        (None, proving("incorrectResponse")),
        (None, proving("caa", "connection")),
        (None, said("malformed")),
        (None, said("badCSR")),
        (None, said("badPublicKey")),
        (None, said("invalidProfile")),
        (None, EabRequired("https://ca.example")),
        (None, TermsNotAgreed("https://ca.example/terms")),
        (None, SolverFailed("x", remedy="x")),
        (None, PortBusy(80)),
        (None, StoreUnusable("x", remedy="x")),
    ],
)
def test_what_is_the_matter(trouble: str | None, error: OperatorError) -> None:
    assert trouble_of(error) == trouble
