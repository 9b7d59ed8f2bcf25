"""Wherever a mending is killed, servers read what they read before, and the next one brings it to its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import pytest

# Half of the points are enough to notice; all of them pass, too.
STEP = "2"


@pytest.mark.parametrize(
    "damage",
    [
        "links_became_files_with_a_version_that_the_archive_lost",
        "the_live_full_chain_is_empty",
        "the_directory_was_copied_by_something_that_follows_links",
    ],
)
def test_a_mending_is_killed_at_many_points(damage: str) -> None:
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        command = [sys.executable, "-m", "tests.store.doctor.killing", damage, folder, STEP]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["complaints"] == {}
    assert report["points"] >= 5
