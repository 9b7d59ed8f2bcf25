"""A fixed sample of `make soak`: both pebbles with their default unkindness, every solver, 1, 2, 20 names."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import get_args

import pytest

from tests.servers.issuing import Household, Solving
from tests.servers.pebble import Generation, Pebble
from tests.servers.ports import Ports
from tests.soak.test_issuances import UNKIND, failure

SOLVERS: tuple[Solving, ...] = get_args(Solving)
SIZES = (1, 2, 20)


@pytest.mark.parametrize("generation", ["old", "new"])
def test_none_fails(tmp_path: Path, ports: Ports, generation: Generation) -> None:
    def with_solver(solving: Solving) -> list[str]:
        folder = tmp_path / solving
        with ExitStack() as open_things:
            pebble = Pebble(generation, folder / "pebble", ports, UNKIND)
            open_things.callback(pebble.stop)
            household = Household(folder / "household", pebble)
            if solving == "webroot":
                open_things.enter_context(household.web_server())
            orders = ([f"n{number}.s{size}.example" for number in range(size)] for size in SIZES)
            return [problem for names in orders if (problem := failure(household, solving, names))]

    with ThreadPoolExecutor(len(SOLVERS)) as pool:
        failures = [problem for found in pool.map(with_solver, SOLVERS) for problem in found]
    assert failures == []
