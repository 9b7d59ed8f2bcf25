"""Every refusal foreseen and no other, through many seeds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.limited import worlds
from tests.e2e.test_limits import live_through
from tests.servers.ports import Ports

SEEDS = int(os.environ.get("EVERSEAL_SOAK", "100")) // 4


@pytest.mark.parametrize("with_certbot", [False, True])
def test_every_refusal_is_foreseen_and_no_other(tmp_path: Path, ports: Ports, with_certbot: bool) -> None:
    refused = 0
    with worlds(tmp_path, ports) as make_world:
        for seed in range(SEEDS):
            refused += live_through(make_world, seed, with_certbot=with_certbot, steps=80)[0]
    assert refused > SEEDS
