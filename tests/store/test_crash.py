"""Whatever stops a change, the live files stay one sound set and the next run mends the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("fault", ["kill", "enospc", "eio"])
@pytest.mark.parametrize("scenario", ["first", "renew", "renew-by-links", "switch", "delete"])
def test_every_point_is_recovered(tmp_path: Path, scenario: str, fault: str) -> None:
    command = [sys.executable, "-m", "tests.store.crashing", scenario, fault, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["complaints"] == {}
    assert report["points"] >= 10
    if scenario != "renew-by-links":
        assert report["broken"] == []
    else:
        assert len(report["broken"]) <= 7
