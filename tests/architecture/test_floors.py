"""The floors hold, and the check that says so notices each kind of violation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def lint(sources: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter with the project's contracts on the package below `sources`."""
    words = [sys.executable, "-c", LINT, "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(sources), "COLUMNS": "200"}
    return subprocess.run(words, env=environment, cwd=sources, capture_output=True, text=True, check=False)


def test_floors_hold() -> None:
    done = lint(ROOT / "src")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        (
            "model/planted.py",
            "import everseal.engine",
            "everseal.model is not allowed to import everseal.engine",
        ),
        (
            "planning/planted.py",
            "import everseal.acme",
            "everseal.planning is not allowed to import everseal.acme",
        ),
        ("ports_of_call/__init__.py", "", "everseal.ports_of_call"),
        ("engine/planted.py", "import everseal", "everseal.engine.planted is not allowed to import everseal"),
        ("planning/planted.py", "import random", "everseal.planning is not allowed to import random"),
    ],
    ids=["upward", "sideways", "undeclared room", "front door", "impure planning"],
)
def test_a_planted_violation_is_caught(tmp_path: Path, file: str, line: str, complaint: str) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    planted = tmp_path / "src" / "everseal" / file
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f"{line}\n", "utf-8")
    done = lint(tmp_path / "src")
    assert done.returncode == 1, done.stdout + done.stderr
    assert complaint in done.stdout
