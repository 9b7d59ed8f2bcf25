"""README and tutorial show what the commands say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tours_show_what_happens() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "tour"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
