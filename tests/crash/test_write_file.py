"""A writer killed at each of its steps leaves the old file or the new one, whole and with its mode."""

import signal
import stat
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from everseal.system.files import is_temporary_of
from tests.servers.programs import requires

# The calls with which a file comes into being.
STEPS = ("write", "fchmod", "fsync", "rename", "unlink")
NEW = b"new " * 50_000
WRITER = """
import sys
from everseal.system.files import write_file
write_file(sys.argv[1], b"new " * 50_000, mode=0o600)
"""


def killed_at(call: str, turn: int, target: Path) -> bool:
    """Run the writer and kill it when it has made that call that many times; whether it came so far."""
    inject = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={turn}"]
    words = [str(requires("strace").path), "-f", "-qq", "-o", "/dev/null", *inject]
    done = subprocess.run(
        [*words, sys.executable, "-c", WRITER, str(target)], capture_output=True, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("old", [b"old", None], ids=["replaced", "made"])
@pytest.mark.parametrize("call", STEPS)
def test_killed_after_each_call(tmp_path: Path, call: str, old: bytes | None) -> None:
    for turn in count(1):
        folder = tmp_path / str(turn)
        folder.mkdir()
        target = folder / "privkey1.pem"
        if old is not None:
            target.write_bytes(old)
            target.chmod(0o600)
        was_killed = killed_at(call, turn, target)
        found = target.read_bytes() if target.exists() else None
        assert found in (old, NEW)
        if found is not None:
            assert stat.S_IMODE(target.stat().st_mode) == 0o600
        others = [path.name for path in folder.iterdir() if path != target]
        assert all(is_temporary_of(name, target.name) for name in others)
        if not was_killed:
            assert found == NEW
            assert others == []
            break
