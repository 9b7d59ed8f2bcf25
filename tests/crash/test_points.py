"""The points are all there are: strace counts as many, and loading a program first changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crash.programs import ProgramName
from tests.crash.striking import Striker


@pytest.mark.parametrize("operation", ["renew", "first"])
@pytest.mark.parametrize("program", ["everseal", "certbot"])
def test_strace_counts_the_same_calls(
    strikers: Callable[[ProgramName], Striker], program: ProgramName, operation: str
) -> None:
    counted = strikers(program).count(operation)
    assert counted.loaded == counted.command == counted.strace
