"""Help, version and words that are not understood: quick, silent, and without a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loading import HEAVY

UNUSED = {
    *HEAVY,
    "logging",
    "dataclasses",
    "typing",
    "idna",
}
OF_OTHER_RUNS = {
    "everseal.solvers.standalone",
    "everseal.solvers.tls_alpn",
    "everseal.engine.ocsp",
    "everseal.engine.revoke",
    "everseal.engine.switch",
    "everseal.wiring.renewals",
    "everseal.wiring.upkeep",
    "dns",
    "subprocess",
    "platform",
}
WELL = {
    "version": ["--version"],
    "help": ["--help"],
    "help-within": ["certonly", "--standalone", "-d", "a.test", "--help", "all"],
    "completion": ["completion", "bash"],
}
NOT_UNDERSTOOD = {
    "no-such-option": (2, ["certonly", "--no-such-option"]),
    "no-such-verb": (2, ["obtain-one"]),
    "missing-value": (2, ["certonly", "-d"]),
    "conflict": (1, ["certonly", "--standalone", "--webroot", "-d", "a.test"]),
    "bad-name": (1, ["certonly", "-d", "a..b"]),
    "no-such-file": (2, ["certonly", "-c", "nowhere.ini"]),
}


def run(
    words: list[str], folder: Path, *interpreter: str, config: str | None = None
) -> subprocess.CompletedProcess[str]:
    """In a home, a working directory and a folder for temporary files of its own."""
    made = {name: folder / name.lower() for name in ("HOME", "TMPDIR", "CWD")}
    for place in made.values():
        place.mkdir()
    if config is not None:
        (made["CWD"] / "cli.ini").write_text(config)
    environment = {"PATH": os.defpath, "HOME": str(made["HOME"]), "TMPDIR": str(made["TMPDIR"])}
    return subprocess.run(
        [sys.executable, "-W", "error", *interpreter, "-m", "everseal", *words],
        cwd=made["CWD"],
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def places(folder: Path) -> list[str]:
    return [f"--{kind}-dir={folder / kind}" for kind in ("config", "work", "logs")]


def left_behind(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name not in {"home", "tmpdir", "cwd"}]


@pytest.mark.parametrize("words", WELL.values(), ids=WELL)
def test_what_is_only_told_leaves_nothing_behind(words: list[str], tmp_path: Path) -> None:
    done = run(words if words == ["--version"] else [*words, *places(tmp_path)], tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(("status", "words"), NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_what_is_not_understood_leaves_nothing_behind(status: int, words: list[str], tmp_path: Path) -> None:
    done = run([*words, *places(tmp_path)] if words[-1] != "-d" else [*places(tmp_path), *words], tmp_path)
    assert done.returncode == status
    assert "To mend it: " in done.stderr
    assert "Traceback" not in done.stderr
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("config", ["no such option = 1\n", "max-log-backups = lots\n"])
def test_a_configuration_file_that_is_not_understood(config: str, tmp_path: Path) -> None:
    done = run(["renew", "-c", "cli.ini"], tmp_path, config=config)
    assert done.returncode == 2
    assert "cli.ini" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["cli.ini"]


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_only_what_is_needed_is_loaded(words: list[str], tmp_path: Path) -> None:
    done = run(words, tmp_path, "-I", "-X", "importtime")
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "everseal" in loaded
    assert UNUSED & loaded == set()


def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    script = f"cd {tmp_path} && rmdir {tmp_path} && exec {sys.executable} -m everseal --help"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", ["everseal", "certbot"])
def test_the_version_says_whose_place_it_takes(program: str, tmp_path: Path) -> None:
    link = tmp_path / program
    link.symlink_to(Path(sys.executable).with_name("everseal"))
    done = subprocess.run([link, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{program} ")
    assert done.stderr == ""


def test_a_certificate_by_webroot_loads_no_other_solver_and_no_other_errand(tmp_path: Path) -> None:
    words = ["certonly", "--plan", "--webroot", "-w", str(tmp_path), "-d", "a.test", "-n", "--agree-tos"]
    words += ["--register-unsafely-without-email", *places(tmp_path)]
    done = run(words, tmp_path, "-I", "-X", "importtime")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0, done.stderr[-500:]
    assert "everseal.solvers.webroot" in loaded
    assert OF_OTHER_RUNS & loaded == set()
