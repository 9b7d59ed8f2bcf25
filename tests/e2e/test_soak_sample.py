"""A fixed sample of `make soak`: both pebbles with their default unkindness, every solver, 1, 2, 20 names."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import get_args

from tests.servers.issuing import Household, Solving
from tests.servers.pebble import Generation, Pebble
from tests.servers.ports import Ports
from tests.soak.test_issuances import UNKIND, failure

GENERATIONS: tuple[Generation, ...] = get_args(Generation)
SOLVERS: tuple[Solving, ...] = get_args(Solving)
SIZES = (1, 2, 20)


def test_none_fails(tmp_path: Path, ports: Ports) -> None:
    """All of them side by side: most of the time is the CAs' sleep."""

    def with_solver(lane: tuple[Generation, Solving]) -> list[str]:
        generation, solving = lane
        folder = tmp_path / generation / solving
        with ExitStack() as open_things:
            pebble = Pebble(generation, folder / "pebble", ports, UNKIND)
            open_things.callback(pebble.stop)
            household = Household(folder / "household", pebble)
            if solving == "webroot":
                open_things.enter_context(household.web_server())
            orders = ([f"n{number}.s{size}.example" for number in range(size)] for size in SIZES)
            problems = [problem for names in orders if (problem := failure(household, solving, names))]
            return [f"{generation}, {solving}: {problem}" for problem in problems]

    lanes = list(product(GENERATIONS, SOLVERS))
    with ThreadPoolExecutor(len(lanes)) as pool:
        failures = [problem for found in pool.map(with_solver, lanes) for problem in found]
    assert failures == []
