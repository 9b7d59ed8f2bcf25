"""A preference limits and orders challenge types, and changes nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everseal.acme.challenges import Presentation
from everseal.hooks.runner import HookRunner
from everseal.model.errors import OperatorError
from everseal.model.names import DnsName
from everseal.solvers.manual import Manual
from everseal.solvers.preferring import Preferring
from everseal.solvers.webroot import Webroot
from tests.solvers.contract import SolverContract

if TYPE_CHECKING:
    from pathlib import Path

    from everseal.ports import Solver

A, WILDCARD = DnsName("a.example"), DnsName("*.a.example")


class TestContract(SolverContract):
    @pytest.fixture(autouse=True)
    def _root(self, tmp_path: Path) -> None:
        self.root = tmp_path

    def make(self) -> Solver:
        return Preferring(Webroot({}, str(self.root)), ["dns-01", "http-01"])

    def is_seen(self, solver: Solver, challenge: Presentation) -> bool:
        return (self.root / challenge.http_path.removeprefix("/")).is_file()


def test_the_order_is_the_operators_and_the_rest_is_left_out() -> None:
    manual = Manual(HookRunner({}, emit=lambda _event: None))
    assert Preferring(manual, ["dns-01", "http-01"]).challenge_types(A) == ("dns-01", "http-01")
    assert Preferring(manual, ["tls-alpn-01", "dns-01"]).challenge_types(A) == ("dns-01",)
    assert Preferring(manual, ["http-01"]).challenge_types(WILDCARD) == ()
    assert Preferring(manual, ["http-01"]).name == "manual"


def test_checking_is_left_to_the_solver_inside() -> None:
    with pytest.raises(OperatorError, match="--manual-auth-hook"):
        Preferring(Manual(HookRunner({}, emit=lambda _event: None)), ["dns-01"]).check([A])
