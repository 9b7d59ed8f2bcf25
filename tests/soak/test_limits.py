"""Every refusal foreseen and no other, through many seeds."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.e2e.conftest import authority
from tests.e2e.test_limits import World, live_through, make_world

__all__ = ["authority", "make_world"]

SEEDS = int(os.environ.get("EVERSEAL_SOAK", "100")) // 4


@pytest.mark.soak
@pytest.mark.parametrize("with_certbot", [False, True])
def test_every_refusal_is_foreseen_and_no_other(make_world: Callable[..., World], with_certbot: bool) -> None:
    refused = 0
    for seed in range(SEEDS):
        refused += live_through(make_world, seed, with_certbot=with_certbot, steps=80)[0]
    assert refused > SEEDS
