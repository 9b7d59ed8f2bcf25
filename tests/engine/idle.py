"""Workshops in which nothing is ordered and nothing is left in place."""

from __future__ import annotations

from everseal.engine.tools import Tools, Workshop
from everseal.hooks.runner import HookRunner, Hooks
from everseal.model.clock import Clock
from everseal.model.events import Emit
from everseal.model.pending import SolverSettings
from everseal.planning.plan import Issue
from everseal.ports import Solver, Stop, Store
from everseal.store.memory import MemoryAccounts
from everseal.system.clock import SystemRandom
from everseal.system.process import ShellRunner
from everseal.wiring.parallel import one_by_one


def idle_workshop(
    store: Store,
    run: ShellRunner,
    emit: Emit,
    *,
    clock: Clock,
    stop: Stop | None = None,
) -> Workshop:
    """Hooks are given to ``run``, which says how they ended."""
    return Workshop(
        store=store,
        accounts=MemoryAccounts(),
        hooks=Hooks(HookRunner({}, emit=emit, run=run), None),
        tools_for=no_tools,
        solver_of=no_solver,
        each_lineage=one_by_one,
        each_request=one_by_one,
        clock=clock,
        random=SystemRandom(),
        emit=emit,
        stop=stop,
    )


def no_tools(action: Issue) -> Tools:
    raise AssertionError(f"nothing is ordered, yet tools for {action.name} are asked for")


def no_solver(kept: SolverSettings) -> Solver:
    raise AssertionError(f"nothing is left in place, yet a solver is asked for: {kept}")
