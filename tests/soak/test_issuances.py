"""Hundreds of issuances from pebble as it is by default: it refuses 5 % of the nonces, sleeps before it
validates, and reuses half of the authorizations. None may fail.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.issuing import Household, Solving
from tests.servers.pebble import Generation, Pebble, PebbleSettings
from tests.servers.ports import Ports

ISSUANCES = int(os.environ.get("EVERSEAL_SOAK", "100"))
LANES = 6  # CAs side by side, each with a household of its own: most of the time is the CA's sleep
UNKIND = PebbleSettings(sleep_up_to_seconds=5)


@pytest.mark.parametrize("count", [1, 2, 20])
@pytest.mark.parametrize("solving", ["standalone", "tls-alpn", "webroot", "manual-dns"])
@pytest.mark.parametrize("generation", ["old", "new"])
def test_no_issuance_fails(
    tmp_path: Path, ports: Ports, generation: Generation, solving: Solving, count: int
) -> None:
    def lane(number: int) -> list[str]:
        folder = tmp_path / str(number)
        with ExitStack() as open_things:
            pebble = Pebble(generation, folder / "pebble", ports, UNKIND)
            open_things.callback(pebble.stop)
            household = Household(folder / "household", pebble)
            if solving == "webroot":
                open_things.enter_context(household.web_server())
            return [
                problem
                for turn in range(number, ISSUANCES, LANES)
                if (problem := failure(household, solving, [f"n{i}.s{turn}.example" for i in range(count)]))
            ]

    with ThreadPoolExecutor(LANES) as pool:
        failures = [problem for found in pool.map(lane, range(LANES)) for problem in found]
    assert failures == []


def failure(household: Household, solving: Solving, names: list[str]) -> str:
    """What went wrong with one issuance; empty if nothing did."""
    done = household.obtain(solving, names)
    if done.returncode != 0:
        return f"{names[0]}: status {done.returncode}\n{done.stdout}{done.stderr}"
    complaint = household.complaint(names)
    return f"{names[0]}: {complaint}" if complaint else ""
