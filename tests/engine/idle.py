"""For workshops in which nothing is ordered and nothing is left in place."""

from __future__ import annotations

from everseal.engine.tools import Tools
from everseal.model.pending import SolverSettings
from everseal.planning.plan import Issue
from everseal.ports import Solver


def no_tools(action: Issue) -> Tools:
    raise AssertionError(f"nothing is ordered, yet tools for {action.name} are asked for")


def no_solver(kept: SolverSettings) -> Solver:
    raise AssertionError(f"nothing is left in place, yet a solver is asked for: {kept}")
