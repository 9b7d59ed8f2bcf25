"""Whatever stops a change, the live files stay one sound set and the next run mends the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture
def folder() -> Iterator[str]:
    """In memory where there is such a place: thousands of flushes to a busy disk take minutes."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield folder


@pytest.mark.parametrize("fault", ["kill", "enospc", "eio"])
@pytest.mark.parametrize("scenario", ["first", "renew", "renew-by-links", "switch", "delete"])
def test_every_point_is_recovered(folder: str, scenario: str, fault: str) -> None:
    command = [sys.executable, "-m", "tests.store.crashing", scenario, fault, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["complaints"] == {}
    assert report["points"] >= 10
    if scenario != "renew-by-links":
        assert report["broken"] == []
    else:
        assert len(report["broken"]) <= 7
