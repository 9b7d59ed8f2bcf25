from __future__ import annotations

from datetime import UTC, datetime

from everseal.acme.problems import Problem
from everseal.engine.account import EabRequired, RegistrationFailed, TermsNotAgreed
from everseal.model.errors import OperatorError
from everseal.settings.authorities import directory_of

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_what_a_failed_registration_remembers_of_the_ca() -> None:
    problem = Problem(type="rateLimited", detail="too many", retry_at=MOMENT)
    failed = RegistrationFailed("Too many.", remedy="wait", problem=problem)
    assert failed.retry_at == MOMENT
    assert RegistrationFailed("No.", remedy="mend it").retry_at is None


def test_a_known_ca_says_how_its_binding_is_had() -> None:
    assert "gcloud publicca" in EabRequired(directory_of("google")).remedy
    assert EabRequired("https://ca.example/").remedy.endswith(
        "from the CA at https://ca.example/ and give both"
    )


def test_every_reason_begins_alike() -> None:
    errors: list[OperatorError] = [
        TermsNotAgreed("https://ca.example/terms"),
        EabRequired("https://ca.example/"),
    ]
    for error in errors:
        assert error.message.startswith("Unable to register an account with ACME server. ")
        assert error.exit_status == 1
