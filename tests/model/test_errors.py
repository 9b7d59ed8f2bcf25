import inspect

import pytest

from everseal.model import errors
from everseal.model.errors import (
    BadName,
    Interrupted,
    LineageBroken,
    LineageMissing,
    OperatorError,
    PortBusy,
    PortForbidden,
    UsageError,
)

SPECIMENS: list[OperatorError] = [
    OperatorError("the disk is full", remedy="make room"),
    BadName("a b", "is no name", remedy="write another"),
    LineageMissing("a.example"),
    LineageBroken("a.example", "its key is gone", remedy="put it back"),
    PortBusy(80),
    PortBusy(443, "nginx (7)"),
    PortForbidden(80),
    Interrupted(),
]


@pytest.mark.parametrize("error", SPECIMENS, ids=lambda error: type(error).__name__)
def test_an_error_is_a_sentence_and_a_remedy(error: OperatorError) -> None:
    assert str(error) == error.message
    assert error.message.isprintable()
    assert not error.message.endswith(".")
    assert error.remedy
    assert not error.remedy.endswith(".")


def test_every_error_is_an_operator_error() -> None:
    found = [
        each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, BaseException)
    ]
    assert len(found) > 10
    assert all(issubclass(each, OperatorError) and each.__doc__ for each in found)


def test_only_misuse_has_status_two() -> None:
    assert UsageError.exit_status == 2
    assert OperatorError.exit_status == LineageMissing.exit_status == 1


def test_an_error_says_whom_it_is_about() -> None:
    assert LineageMissing("a.example").name == "a.example"
    assert "a.example" in str(LineageBroken("a.example", "why", remedy="x"))
    assert "port 443" in str(PortBusy(443))
    assert "nginx (7)" in str(PortBusy(443, "nginx (7)"))
    assert "443" in PortBusy(443, "nginx (7)").remedy


def test_a_long_name_is_shown_short() -> None:
    error = BadName("x" * 10_000, "is no name", remedy="write another")
    assert len(str(error)) < 400
    assert len(error.text) == 10_000
